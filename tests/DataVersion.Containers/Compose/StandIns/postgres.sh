#!/bin/sh
# docker-entrypoint.sh of the stand-in for docker.io/library/postgres: the variables and the order of its own, as far as compose.yaml uses them.
set -eu
bin=$(echo /usr/lib/postgresql/*/bin)
PATH=$bin:$PATH
mkdir -p /run/postgresql
if [ ! -s "$PGDATA/PG_VERSION" ]; then
    mkdir -p "$PGDATA"
    chmod 700 "$PGDATA"
    # shellcheck disable=SC2086
    initdb --username="$POSTGRES_USER" --pwfile="$POSTGRES_PASSWORD_FILE" $POSTGRES_INITDB_ARGS > /dev/null
    printf 'host all all all scram-sha-256\n' >> "$PGDATA/pg_hba.conf"
    pg_ctl -D "$PGDATA" -o "-c listen_addresses='' -c unix_socket_directories=/run/postgresql" -w start > /dev/null
    createdb --host=/run/postgresql --username="$POSTGRES_USER" "$POSTGRES_DB"
    pg_ctl -D "$PGDATA" -m fast -w stop > /dev/null
fi
exec postgres -c listen_addresses='*' -c unix_socket_directories=/run/postgresql
