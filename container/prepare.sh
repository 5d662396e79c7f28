#!/bin/sh
# prepare.sh: makes .env and the secrets that compose.yaml mounts, at random, where they are missing. What is there stays as it is.
set -eu
cd "$(dirname "$0")"

[ -e .env ] || { cp .env.example .env; echo "made .env"; }

# The files are readable inside of containers, where they are mounted one by one; on this machine the folder keeps others away.
mkdir -p secrets
chmod 700 secrets

random() { od -An -N "$1" -tx1 /dev/urandom | tr -d ' \n'; }
make() {
    [ -e "secrets/$1" ] && return
    (umask 022; cat > "secrets/$1.part")
    mv "secrets/$1.part" "secrets/$1"
    echo "made secrets/$1"
}

random 24 | make postgres_password
random 24 | make admin_token
id=$(random 10)
key=$(random 20)
# Both are made at once: the server of profile s3 must know the keys that everybody else uses.
if [ ! -e secrets/remote_credentials ] && [ ! -e secrets/s3_config.json ]; then
    printf '[default]\naws_access_key_id = %s\naws_secret_access_key = %s\n' "$id" "$key" | make remote_credentials
    printf '{"identities":[{"name":"dv","credentials":[{"accessKey":"%s","secretKey":"%s"}],"actions":["Admin","Read","Write","List","Tagging"]}]}\n' "$id" "$key" | make s3_config.json
fi
for name in remote_credentials s3_config.json; do
    [ -e "secrets/$name" ] || { echo '' | make "$name"; echo "prepare.sh: secrets/$name is empty: only one of remote_credentials and s3_config.json was there" >&2; }
done
