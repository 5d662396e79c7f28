#!/usr/bin/env bash
# stop.sh DIR: ends the servers whose pids are in DIR/run/*.pid, if they are still the processes that were started for DIR, and deletes DIR.
set -uo pipefail

dir=$(cd "$1" 2> /dev/null && pwd) || exit 0
pids=()
for file in "$dir"/run/*.pid; do
    [[ -f $file ]] || continue
    pid=$(tr -cd 0-9 < "$file")
    # A pid may have become another's: ours carry the folder in their environment or on their command line.
    if [[ -n $pid ]] && cat "/proc/$pid/environ" "/proc/$pid/cmdline" 2> /dev/null | tr '\0' '\n' | grep -qF "$dir"; then pids+=("$pid"); fi
done
# Nothing in them is worth an orderly end.
for pid in "${pids[@]}"; do
    # With the workers that it started.
    kill -KILL -- "-$pid" 2> /dev/null
    kill -KILL "$pid" 2> /dev/null
done
for _ in $(seq 50); do
    alive=0
    for pid in "${pids[@]}"; do [[ -d /proc/$pid ]] && alive=1; done
    [[ $alive -eq 1 ]] || break
    sleep 0.1
done
rm -rf "$dir" "$dir.log"
