#!/usr/bin/env bash
# quickstart.sh DV [FOLDER]: what `dv` (the program at DV) is for, shown on generated data in FOLDER, which is emptied first.
# With DV_QUICKSTART_TRAIN and DV_QUICKSTART_SERVE (the programs dv-train and dv-serve) it goes on to a model that answers.
# Every command is printed as you would type it. Nothing outside FOLDER is written, your own configuration included.
set -euo pipefail

dv=$(realpath "${1:?usage: quickstart.sh DV [FOLDER]}")
scratch=${2:-$(mktemp -d)}
rm -rf "$scratch"
mkdir -p "$scratch/bin"
scratch=$(cd "$scratch" && pwd)
ln -s "$dv" "$scratch/bin/dv"
if [[ -n ${DV_QUICKSTART_TRAIN:-} ]]; then ln -s "$(realpath "$DV_QUICKSTART_TRAIN")" "$scratch/bin/dv-train"; fi
if [[ -n ${DV_QUICKSTART_SERVE:-} ]]; then ln -s "$(realpath "$DV_QUICKSTART_SERVE")" "$scratch/bin/dv-serve"; fi

export PATH="$scratch/bin:$PATH" LC_ALL=C
export XDG_CONFIG_HOME="$scratch/config" GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1
unset GIT_DIR GIT_WORK_TREE GIT_INDEX_FILE
cd "$scratch"

section() { printf '\n── %s\n' "$1"; }
fail() { printf '\nquickstart: FAILED: %s\n(the files are in %s)\n' "$1" "$scratch" >&2; exit 1; }

# The folder within the scratch folder, then the command.
prompt() { local folder=${PWD#"$scratch"}; printf '%s$%s\n' "${folder:+${folder#/} }" "$1"; }
enter() { prompt " cd $1"; cd "$1"; }

# Prints a command as one would type it, then runs it; what it says is indented.
run() {
    local shown="" word code=0
    for word in "$@"; do
        if [[ $word == *[[:space:]]* ]]; then word="'$word'"; fi
        shown+=" $word"
    done
    prompt "$shown"
    "$@" 2>&1 | sed 's/^/    /' || code=$?
    [[ $code -eq 0 ]] || fail "\`${shown# }\` exited with $code"
}

# A table of 200,000 transactions and 2,000 small pictures (PGM); the same ones every time.
generate() {
    mkdir -p data
    awk 'BEGIN {
        seed = 20240229
        split("EUR USD GBP JPY CHF", currency, " ")
        print "id,day,account,amount,currency"
        for (i = 1; i <= 200000; i++) {
            seed = (seed * 16807) % 2147483647; account = seed % 5000
            seed = (seed * 16807) % 2147483647; cents = seed % 1000000
            printf "%d,2025-%02d-%02d,A%04d,%.2f,%s\n", i, 1 + int(i / 17000) % 12, 1 + i % 28, account, cents / 100, currency[1 + seed % 5]
        }
    }' > data/transactions.csv
    pictures 0 1999 7
}

# pictures FIRST LAST SEED
pictures() {
    local folder
    for folder in $(seq -f %02g "$(($1 / 100))" "$(($2 / 100))"); do mkdir -p "data/images/$folder"; done
    awk -v first="$1" -v last="$2" -v seed="$3" 'BEGIN {
        for (i = first; i <= last; i++) {
            file = sprintf("data/images/%02d/%04d.pgm", int(i / 100), i)
            seed = (seed * 16807) % 2147483647; a = 1 + seed % 23; b = 1 + i % 29
            print "P2\n32 32\n255\n# picture " i " " seed > file
            for (y = 0; y < 32; y++) {
                row = ""
                for (x = 0; x < 32; x++) row = row ((a * x * x + b * y * y) % 256) " "
                print row > file
            }
            close(file)
        }
    }'
}

# The sha256sum of every file under data/ but pointers' own and Git's, in one list.
sums() { find data -type f ! -name '*.dv' ! -name .gitignore -print0 | sort -z | xargs -0 sha256sum; }

record() { sums > "$scratch/$1.sha256"; }

check() {
    local files
    sums > "$scratch/now.sha256"
    files=$(wc -l < "$scratch/$1.sha256")
    if ! cmp -s "$scratch/$1.sha256" "$scratch/now.sha256"; then
        diff "$scratch/$1.sha256" "$scratch/now.sha256" | head -n 10 >&2 || true
        fail "${PWD/#$scratch\//} is not $1 byte for byte"
    fi
    printf '    checked by sha256sum: all %s files are %s, byte for byte\n' "$files" "$1"
    checks=$((checks + 1))
}
checks=0
began=$SECONDS

section "A Git repository with a dataset: a table of 200,000 transactions, a folder of 2,000 pictures"
run git init --quiet --initial-branch=main project
enter project
git config user.name "Quick Start"
git config user.email quickstart@example.invalid
generate
record v1
run du -sh data/transactions.csv data/images

section "Version 1"
run dv init
run dv add data/transactions.csv data/images
run git add --all
if git ls-files | grep -qE '^data/(images/|transactions\.csv$)'; then fail "the data itself went into Git"; fi
run git commit --quiet --message "Data, version 1"
run git ls-files

section "A place that is shared: here a directory; a bucket works alike"
run dv remote add storage ../storage
run git add --all
run git commit --quiet --message "Share the data in ../storage"
run git tag v1
run dv push

section "The data changes: 5,000 new rows, 10 corrected pictures, 100 new ones, 5 gone"
awk 'BEGIN { for (i = 200001; i <= 205000; i++) printf "%d,2026-01-%02d,A%04d,%d.00,EUR\n", i, 1 + i % 28, i % 5000, i % 977 }' >> data/transactions.csv
pictures 500 509 77
pictures 2000 2099 7
rm data/images/03/030[0-4].pgm
record v2
run dv status

section "Version 2"
run dv add data/transactions.csv data/images
run git add --all
run git commit --quiet --message "Data, version 2"
run git tag v2
run dv push

section "A colleague clones the repository and gets the data that this commit pins"
enter ..
run git clone --quiet project colleague
enter colleague
run dv pull
check v2

section "Back to version 1, there and here"
run git checkout --quiet v1
run dv pull
check v1
enter ../project
run git checkout --quiet v1
run dv checkout
check v1
run git checkout --quiet main
run dv checkout
check v2
run dv status

# Starts dv-serve on a free port, waits until it is ready, and asks for one prediction.
predict() {
    local port server answer="" row='{"amount": 912.5, "merchant_category": "grocery", "hour": 3}'
    port=$(awk 'BEGIN { srand(); print 20000 + int(rand() * 20000) }')
    prompt " MODEL_URI=models dv-serve &"
    MODEL_URI=models ASPNETCORE_URLS="http://127.0.0.1:$port" dv-serve > "$scratch/dv-serve.log" 2>&1 &
    server=$!
    trap 'kill $server 2> /dev/null || true' EXIT
    for _ in $(seq 100); do
        if curl --silent --fail --output /dev/null "http://127.0.0.1:$port/readyz"; then break; fi
        sleep 0.2
    done
    prompt " curl -s localhost:8000/predict -H 'Content-Type: application/json' -d '$row'"
    answer=$(curl --silent --fail "http://127.0.0.1:$port/predict" -H 'Content-Type: application/json' -d "$row") || fail "dv-serve did not answer (see $scratch/dv-serve.log)"
    printf '    %s\n' "$answer"
    kill "$server"
    wait "$server" || true
    trap - EXIT
}

if [[ -n ${DV_QUICKSTART_TRAIN:-} && -n ${DV_QUICKSTART_SERVE:-} ]]; then
    section "Train on exactly what the commit pins"
    run dv-train generate --rows 50000 --seed 1 --out data/payments.parquet
    run dv add data/payments.parquet
    run git add --all
    run git commit --quiet --message "Payments to learn from"
    run dv push
    run dv run --data data/payments.parquet --out models --param seed=7 -- dv-train --data data/payments.parquet --target is_fraud --epochs 3

    section "The model answers"
    predict

    section "Where does it come from, and can we make it again?"
    run dv trace models/model.onnx
    run dv runs
    run dv reproduce HEAD | tee "$scratch/reproduced.txt"
    grep --quiet "identical" "$scratch/reproduced.txt" || fail "the model cannot be made again byte for byte"
    checks=$((checks + 1))
fi

{
    section "Done in $((SECONDS - began)) s: $checks checks, every version byte-identical"
    cat <<END
In Git:      $(git ls-files | wc -l) files, $(git ls-files -z | xargs -0 cat | wc -c) bytes; among them the pointers $(git ls-files '*.dv' | tr '\n' ' ')
The data:    $(du -sh data | cut -f1) in the work tree; both versions in $(du -sh ../storage | cut -f1) of ../storage
Look around: ${scratch}  (delete it whenever you like)
Next:        README.md for the tour, \`dv --help\`, docs/architecture.md for how it works
END
} >> "${DV_QUICKSTART_CLOSING:-/dev/stdout}"
