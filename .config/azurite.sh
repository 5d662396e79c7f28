#!/usr/bin/env bash
# azurite.sh: installs Azurite, Azure's own storage emulator, into the user's cache folder, once. The tests look there.
set -euo pipefail
version=3.37.0
cache=${XDG_CACHE_HOME:-$HOME/.cache}/dataversion
folder=$cache/azurite-$version
mkdir -p "$cache"

exec 9> "$cache/azurite.lock"
flock 9
if [[ ! -f $folder/node_modules/azurite/dist/src/blob/main.js ]]; then
    packages=()
    command -v node > /dev/null || packages+=(nodejs)
    command -v npm > /dev/null || packages+=(npm)
    [[ ${#packages[@]} -eq 0 ]] || bash "$(dirname "${BASH_SOURCE[0]}")/os-packages.sh" "${packages[@]}" >&2
    echo "installing azurite $version …" >&2
    work=$(mktemp -d "$cache/azurite.XXXXXX")
    trap 'rm -rf "$work"' EXIT
    if ! npm install --prefix "$work" --no-audit --no-fund --ignore-scripts --loglevel=error "azurite@$version" > "$work/log" 2>&1 < /dev/null; then
        tail -n 5 "$work/log" >&2
        echo "could not install azurite" >&2
        exit 1
    fi
    rm -rf "$folder"
    mv "$work" "$folder"
    trap - EXIT
fi
