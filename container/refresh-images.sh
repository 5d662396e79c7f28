#!/usr/bin/env bash
# refresh-images.sh [--check]: looks up the digest of every tag in images.lock, and writes it there and wherever that tag stands in the Dockerfiles and
# YAML files beside it.
# A digest that cannot be looked up stays as it is, with a warning; none is ever made up. --check changes nothing.
# Exit 0: all are known (--check: and as written) · 1: some could not be looked up, or --check found another one · 2: usage, or no skopeo.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
lock=${DV_IMAGES_LOCK:-$here/images.lock}

check=
case ${1:-} in
    '') ;;
    --check) check=1 ;;
    *) echo "usage: refresh-images.sh [--check]" >&2; exit 2 ;;
esac
if ! command -v skopeo > /dev/null; then
    echo "refresh-images.sh: needs skopeo (apt-get install skopeo)" >&2
    exit 2
fi
# Options for skopeo's inspect, such as --tls-verify=false or --authfile FILE.
read -ra options <<< "${DV_SKOPEO_OPTIONS:-}"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
bad=0
while IFS= read -r line || [[ -n $line ]]; do
    if [[ -z $line || $line == \#* ]]; then
        echo "$line"
        continue
    fi
    read -r name tag digest <<< "$line"
    # The digest of the list of platforms where there is one: what a build on any of them resolves.
    found=$(timeout 120 skopeo inspect "${options[@]}" --raw "docker://$name:$tag" 2> "$work/error" > "$work/manifest" && skopeo manifest-digest "$work/manifest" || true)
    if [[ ! $found =~ ^sha256:[0-9a-f]{64}$ ]]; then
        echo "warning: $name:$tag: not looked up: $(tail -n 1 "$work/error")" >&2
        bad=1
    elif [[ $found != "$digest" ]]; then
        echo "$name:$tag: $digest → $found" >&2
        if [[ -n $check ]]; then bad=1; else digest=$found; fi
    fi
    echo "$name $tag $digest"
    if [[ $digest == - ]]; then reference=$name:$tag; else reference=$name:$tag@$digest; fi
    printf '%s\t%s\n' "$name:$tag" "$reference" >> "$work/references"
done < "$lock" > "$work/lock"
[[ -z $check ]] || exit "$bad"

# The same tag, with the digest that is known now. A longer tag that begins alike is another one.
mapfile -d '' files < <(find "$(dirname "$lock")" -type f \( -name 'Dockerfile*' -o -name '*.yaml' -o -name '*.yml' -o -name '.env.example' \) -print0)
while IFS=$'\t' read -r tagged reference && [[ ${#files[@]} -gt 0 ]]; do
    sed -E -i "s~(^|[^A-Za-z0-9._/-])${tagged//./\\.}(@sha256:[0-9a-f]{64})?([^A-Za-z0-9._@-]|\$)~\\1${reference}\\3~g" "${files[@]}"
done < "$work/references"
cat "$work/lock" > "$lock"
exit "$bad"
