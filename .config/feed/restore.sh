#!/usr/bin/env bash
# restore.sh ARGUMENT…: `dotnet restore ARGUMENT…`; packages that the registry lacks come from the local feed (README.md beside this).
set -uo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
feed=${XDG_CACHE_HOME:-$HOME/.cache}/dataversion/feed
export DOTNET_CLI_UI_LANGUAGE=en

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Packs one package unless another process did since our restore began.
pack() {
    local id=$1
    mkdir -p "$feed"
    (
        flock 9
        [[ -n $(find "$feed" -maxdepth 1 -iname "$id.*.nupkg" -newer "$work/began") ]] ||
            dotnet msbuild "$here/$id.proj" -nologo -verbosity:minimal -p:FeedFolder="$feed" -p:WorkFolder="$work"
    ) 9> "$(dirname "$feed")/feed.lock"
}

# Each round may bring packages that ask for further ones.
for round in 1 2 3 4; do
    touch "$work/began"
    dotnet restore "$@" > "$work/log" 2>&1
    code=$?
    missing=$(sed -nE 's/.*error NU110[12]: Unable to find package ([A-Za-z0-9_.-]*[A-Za-z0-9_-]).*/\1/p' "$work/log" | sort -u)
    [[ $code -ne 0 && -n $missing && $round -lt 4 ]] || break
    for id in $missing; do
        if [[ ! -f $here/$id.proj ]]; then
            echo "package $id: not in the registry, and the local feed does not know how to make it" >&2
            break 2
        fi
        pack "$id" || break 2
    done
done

cat "$work/log"
exit "$code"
