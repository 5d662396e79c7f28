#!/usr/bin/env bash
# libgit2.sh WORK_FOLDER OUT: Debian's libgit2 1.5, the installed one or else the downloaded one, copied to OUT.
set -euo pipefail
work=$1 out=$2
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

# Installed, it brings the libraries that it stands on; to build, the file alone will do.
bash "$here/../os-packages.sh" libgit2-1.5 2> /dev/null || true
library=$(dpkg -L libgit2-1.5 2> /dev/null | grep -m1 -E '/libgit2\.so\.1\.5\.[0-9]+$' || true)
if [[ -z $library || ! -f $library ]]; then
    mkdir -p "$work/libgit2"
    cd "$work/libgit2"
    if ! apt-get download libgit2-1.5; then
        echo "libgit2-1.5 cannot be had: install it (as root: apt-get update && apt-get install libgit2-1.5) and build again" >&2
        exit 1
    fi
    dpkg-deb -x libgit2-1.5_*.deb .
    library=$(find usr -type f -name 'libgit2.so.1.5.*' | head -n 1)
fi
install -m 644 "$library" "$out"
