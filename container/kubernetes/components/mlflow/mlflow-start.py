"""mlflow-start.py COMMAND...: starts COMMAND with the database's password taken from the file that DV_PASSWORD_FILE names.

PostgreSQL's client library takes passwords from a file that nobody but its user may read. A mounted secret seldom is one, so its
content goes into such a file in /tmp (memory), and PGPASSFILE names it: the password is in no argument and no variable.
"""

import os
import sys


def main() -> None:
    if len(sys.argv) < 2:
        sys.exit("mlflow-start.py: usage: mlflow-start.py COMMAND...")
    secret = os.environ.pop("DV_PASSWORD_FILE", "")
    if secret:
        try:
            with open(secret, encoding="utf-8") as file:
                password = file.read().rstrip("\r\n")
        except OSError as error:
            sys.exit(f"mlflow-start.py: error: the database's password cannot be read: {secret}: {error.strerror}")
        escaped = password.replace("\\", "\\\\").replace(":", "\\:")
        path = os.path.join(os.environ.get("TMPDIR", "/tmp"), "pgpass")
        if os.path.lexists(path):  # a container that starts again
            os.unlink(path)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            file.write(f"*:*:*:*:{escaped}\n")
        os.environ["PGPASSFILE"] = path
    try:
        os.execvp(sys.argv[1], sys.argv[1:])
    except OSError as error:
        sys.exit(f"mlflow-start.py: error: {sys.argv[1]} cannot be started: {error.strerror}")


main()
