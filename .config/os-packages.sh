#!/usr/bin/env bash
# os-packages.sh PACKAGE…: installs the packages that are missing where it may, names them where not. Exit 1: some are still missing.
set -uo pipefail

missing=()
for package in "$@"; do
    # A program of the same name on the PATH will do, whoever installed it.
    [[ $package == git ]] && command -v git > /dev/null && continue
    dpkg -s "$package" 2> /dev/null | grep -q '^Status: install ok installed' || missing+=("$package")
done
[[ ${#missing[@]} -gt 0 ]] || exit 0

root=()
if [[ $(id -u) -ne 0 ]]; then root=(sudo -n); fi
if ! command -v apt-get > /dev/null || ! "${root[@]}" true 2> /dev/null; then
    echo "please install: ${missing[*]}  (as root: apt-get update && apt-get install ${missing[*]})" >&2
    exit 1
fi

echo "installing ${missing[*]} …"
apt=("${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=600)
log=$(mktemp)
trap 'rm -f "$log"' EXIT
# A failed update may still leave lists that are good enough.
if ! { "${apt[@]}" update; "${apt[@]}" install -y --no-install-recommends "${missing[@]}"; } > "$log" 2>&1 < /dev/null; then
    tail -n 5 "$log" >&2
    echo "could not install: ${missing[*]}" >&2
    exit 1
fi
