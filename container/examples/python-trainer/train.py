"""A trainer that knows nothing of dv: it reads files, appends metrics, saves its state, writes a model.

Logistic regression over the number columns of a CSV file, in plain Python. What dv run gives it are variables (docs/runs.md).
"""

import csv
import json
import math
import os
import random
import signal
import sys

DATA = "data/payments.csv"
MODEL = "models/model.json"
TARGET = "is_fraud"
EPOCHS = int(os.environ.get("DV_PARAM_EPOCHS", "5"))
RATE = float(os.environ.get("DV_PARAM_LEARNING_RATE", "0.1"))
SEED = int(os.environ.get("DV_PARAM_SEED", "7"))

stopped = False


def stop(signum, frame):
    """Ends after the epoch that runs: its state is saved like that of every other."""
    global stopped
    stopped = True


def load(path):
    """Rows of standardised numbers, and their labels; a missing number is the mean."""
    with open(path, newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    labels = [1.0 if row[TARGET].lower() in ("1", "true") else 0.0 for row in rows]
    columns = []
    for name in rows[0]:
        try:
            values = [float(row[name]) if row[name] else None for row in rows]
        except ValueError:
            continue
        if name == TARGET:
            continue
        known = [v for v in values if v is not None]
        mean = sum(known) / len(known)
        spread = math.sqrt(sum((v - mean) ** 2 for v in known) / len(known)) or 1.0
        columns.append((name, [0.0 if v is None else (v - mean) / spread for v in values]))
    names = [name for name, _ in columns]
    return names, list(zip(*[values for _, values in columns])), labels


def write(path, value):
    """Under another name first: whoever reads it sees a whole file or none."""
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path + ".part", "w", encoding="utf-8") as file:
        json.dump(value, file)
    os.replace(path + ".part", path)


def main():
    signal.signal(signal.SIGTERM, stop)
    names, rows, labels = load(DATA)
    state = os.path.join(os.environ.get("DV_CHECKPOINT", "state"), "state.json")
    epoch, weights = 0, [0.0] * (len(names) + 1)
    if os.environ.get("DV_RESTORED") == "1" and os.path.exists(state):
        with open(state, encoding="utf-8") as file:
            saved = json.load(file)
        epoch, weights = saved["epoch"], saved["weights"]
        print(f"goes on after epoch {epoch}")

    while epoch < EPOCHS and not stopped:
        epoch += 1
        order = list(range(len(rows)))
        random.Random(SEED * 1000 + epoch).shuffle(order)
        loss = 0.0
        for i in order:
            logit = weights[-1] + sum(w * x for w, x in zip(weights, rows[i]))
            probability = 1 / (1 + math.exp(-max(-30.0, min(30.0, logit))))
            loss -= math.log(max(1e-12, probability if labels[i] else 1 - probability))
            step = RATE * (labels[i] - probability)
            for j, x in enumerate(rows[i]):
                weights[j] += step * x
            weights[-1] += step
        write(state, {"epoch": epoch, "weights": weights})
        with open(os.environ.get("DV_METRICS", os.devnull), "a", encoding="utf-8") as metrics:
            metrics.write(json.dumps({"step": epoch, "loss": loss / len(rows)}) + "\n")
        print(f"epoch {epoch}: loss {loss / len(rows):.4f}", flush=True)

    if stopped:
        print("stopped; the state is saved")
        return 143
    write(MODEL, {"columns": names, "weights": weights})
    return 0


if __name__ == "__main__":
    sys.exit(main())
