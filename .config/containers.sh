#!/usr/bin/env bash
# containers.sh: what tests of container/ need: the programs, and in the user's cache folder, once, a file system to build images on.
# It stands for the bases of container/images.lock, which a machine without a way to their registries cannot have.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/dataversion
mkdir -p "$cache"

exec 9> "$cache/container-base.lock"
flock 9
bash "$here/os-packages.sh" buildah podman skopeo runc docker-registry containernetworking-plugins debootstrap netavark aardvark-dns >&2

suite=bookworm
base=$cache/container-base-$suite-1.tar
[[ ! -f $base ]] || exit 0
if [[ $(id -u) -ne 0 ]]; then
    echo "debootstrap needs root" >&2
    exit 1
fi
echo "making a base for images: $base …" >&2
work=$(mktemp -d "$cache/container-base.XXXXXX")
trap 'rm -rf "$work"' EXIT
# What .NET stands on, and libgit2, whose build out of the local feed stands on Debian's libraries.
packages=ca-certificates,libgcc-s1,libgssapi-krb5-2,libgit2-1.5,libssl3,libstdc++6,zlib1g
if ! debootstrap --variant=minbase --include="$packages" "$suite" "$work/tree" > "$work/log" 2>&1 < /dev/null; then
    tail -n 5 "$work/log" >&2
    echo "debootstrap failed" >&2
    exit 1
fi
# As an image of a registry has it: no downloaded packages, no lists, no logs.
rm -rf "$work"/tree/var/cache/apt/* "$work"/tree/var/lib/apt/lists/* "$work"/tree/var/log/* "$work"/tree/debootstrap
tar -C "$work/tree" -cf "$work/base.tar" .
mv "$work/base.tar" "$base"
