#!/usr/bin/env bash
# compose.sh: puts Docker Compose 2 into the user's cache folder, once: what tests of container/compose.yaml run.
# Debian 12 has Compose 1, which knows no profiles by `config` and no `!reset`; Debian 13's program runs here as well. It comes from this machine's own mirror.
set -euo pipefail
version=2.26.1-4
suite=trixie
cache=${XDG_CACHE_HOME:-$HOME/.cache}/dataversion/docker-compose-$version
program=$cache/docker-compose
if [[ -x $program ]]; then
    exit 0
fi
mkdir -p "$(dirname "$cache")"
exec 9> "$(dirname "$cache")/docker-compose.lock"
flock 9
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# The machine's sources with the other suite's name, and folders of their own, so that nothing of the machine's apt is touched.
mirror=$(cat /etc/apt/sources.list /etc/apt/sources.list.d/* 2> /dev/null | sed 's/#.*//' | grep -oE 'https?://[^ ]+' | grep -v security | sed -n 1p || true)
keyring=$(find /usr/share/keyrings -name "debian-archive-$suite-automatic.*" | sed -n 1p)
if [[ -z $mirror || -z $keyring ]]; then
    echo "compose.sh: this machine has no Debian mirror, or no key of Debian's $suite (package debian-archive-keyring)" >&2
    exit 1
fi
mkdir -p "$work"/{lists,cache}/partial "$work/cache/archives/partial"
echo "deb [signed-by=$keyring] $mirror $suite main" > "$work/sources.list"
printf 'Dir::State::lists "%s/lists";\nDir::Cache "%s/cache";\nDir::Etc::sourcelist "%s/sources.list";\nDir::Etc::sourceparts "-";\nAPT::Sandbox::User "root";\n' \
    "$work" "$work" "$work" > "$work/apt.conf"
cd "$work"
if ! { APT_CONFIG=$work/apt.conf apt-get update && APT_CONFIG=$work/apt.conf apt-get download "docker-compose=$version"; } > log 2>&1 < /dev/null; then
    tail -n 3 log >&2
    echo "compose.sh: docker-compose $version could not be had" >&2
    exit 1
fi
dpkg-deb -x docker-compose_*.deb root
mkdir -p "$cache"
mv root/usr/libexec/docker/cli-plugins/docker-compose "$program.part"
mv "$program.part" "$program"
