#!/usr/bin/env bash
# refresh-requirements.sh [--check]: asks the index that pip is set to for the packages of mlflow-requirements.txt and for all that they stand on, and writes
# exact versions and the hashes of their wheels there. Run it in the image that Dockerfile.mlflow stands on, whose Python and packages count (README.md).
# Nothing is made up: where one package cannot be had, or has other bytes than before under the same version, the file stays as it is. --check changes nothing.
# DV_ARCHITECTURES: whose wheels are meant (default: x86_64 aarch64).
# Exit 0: written (--check: it is as written) · 1: it stays as it is (--check: there is something to write) · 2: usage, or no pip.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
file=${DV_REQUIREMENTS:-$here/mlflow-requirements.txt}
mark='# What these stand on, as refresh-requirements.sh found it:'

fail() { echo "refresh-requirements.sh: error: $2" >&2; exit "$1"; }
check=
case ${1:-} in
    '') ;;
    --check) check=1 ;;
    *) echo "usage: refresh-requirements.sh [--check]" >&2; exit 2 ;;
esac
python3 -m pip --version > /dev/null 2>&1 || fail 2 "needs pip: run it in MLflow's image"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# As pip compares names.
plain() { sed -E 's/[-_.]+/-/g' <<< "${1,,}"; }

# What somebody asked for stands above the mark; the rest is found anew.
declare -A asked old
while IFS= read -r line; do
    [[ $line != "$mark" ]] || break
    [[ ! $line =~ ^[[:space:]]+--hash= ]] || continue
    line=${line%\\}
    line=${line%"${line##*[! ]}"}
    echo "$line"
    [[ -n $line && $line != \#* ]] || continue
    [[ $line =~ ^([A-Za-z0-9._-]+)(\[[A-Za-z0-9,._-]+\])?==[A-Za-z0-9.!+]+$ ]] || fail 2 "$line: a line is NAME==VERSION"
    asked[$(plain "${BASH_REMATCH[1]}")]=1
done < "$file" > "$work/asked"
# Hashes that were written before, by name and version.
known=
while read -r word _; do
    case $word in
        *==*) known=$(plain "${word%%[\[=]*}")==${word##*==} ;;
        --hash=sha256:*) old[$known]+="${word#--hash=sha256:} " ;;
    esac
done < "$file"

# Packages that are installed already stay as they are: MLflow itself stands on some of them.
python3 -m pip freeze 2> /dev/null | while IFS='=' read -r name _ version; do
    [[ -z $version || $name == *@* || -n ${asked[$(plain "$name")]:-} ]] || echo "$name==$version"
done > "$work/installed"

declare -A versions hashes
for architecture in ${DV_ARCHITECTURES:-x86_64 aarch64}; do
    mkdir "$work/$architecture"
    python3 -m pip download --quiet --disable-pip-version-check --only-binary :all: --platform "manylinux_2_17_$architecture" --platform "manylinux2014_$architecture" \
        --requirement "$work/asked" --constraint "$work/installed" --dest "$work/$architecture" > "$work/output" 2>&1 \
        || fail 1 "$architecture: $(grep -m 1 '^ERROR' "$work/output" || tail -n 1 "$work/output"): $file stays as it is"
    for wheel in "$work/$architecture"/*.whl; do
        IFS=- read -r name version _ <<< "$(basename "$wheel")"
        name=$(plain "$name")
        [[ ${versions[$name]:-$version} == "$version" ]] || fail 1 "$name: $version for $architecture, ${versions[$name]} before it: $file stays as it is"
        versions[$name]=$version
        read -r hash _ < <(sha256sum "$wheel")
        [[ ${hashes[$name]:-} == *"$hash"* ]] || hashes[$name]+="$hash "
    done
done

# The same version with a hash that was not there, in the place of one that was: somebody exchanged it.
for name in "${!versions[@]}"; do
    before=${old[$name==${versions[$name]}]:-}
    new= gone=
    for hash in ${hashes[$name]}; do [[ $before == *"$hash"* ]] || new=$hash; done
    for hash in $before; do [[ ${hashes[$name]} == *"$hash"* ]] || gone=$hash; done
    [[ -z $new || -z $gone ]] || fail 1 "$name==${versions[$name]} has other bytes than before ($new, and no more $gone): $file stays as it is. Where that is right, delete its old hashes"
done

write() {
    echo "$1 \\"
    tr ' ' '\n' <<< "${hashes[$2]% }" | sort | sed -e 's/^/    --hash=sha256:/' -e '$!s/$/ \\/'
}
{
    while IFS= read -r line; do
        if [[ -z $line || $line == \#* ]]; then echo "$line"; else write "$line" "$(plain "${line%%[\[=]*}")"; fi
    done < "$work/asked"
    mapfile -t others < <(for name in "${!versions[@]}"; do [[ -n ${asked[$name]:-} ]] || echo "$name"; done | sort)
    [[ ${#others[@]} -eq 0 ]] || echo "$mark"
    for name in "${others[@]}"; do write "$name==${versions[$name]}" "$name"; done
} > "$work/new"
if [[ -n $check ]]; then
    diff --unified "$file" "$work/new" >&2 || exit 1
    exit 0
fi
cat "$work/new" > "$file"
echo "$file: ${#versions[@]} packages"
