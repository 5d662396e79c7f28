#!/bin/sh
# mlflow-server.sh ARGUMENT…: `mlflow server ARGUMENT…`, with secrets out of files: for each NAME_FILE below that is set, NAME becomes what the file says.
set -eu
for name in MLFLOW_BACKEND_STORE_URI MLFLOW_REGISTRY_STORE_URI MLFLOW_FLASK_SERVER_SECRET_KEY AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY PGPASSWORD; do
    eval "file=\${${name}_FILE:-}"
    [ -n "$file" ] || continue
    if [ ! -r "$file" ]; then
        echo "mlflow-server: ${name}_FILE: '$file' cannot be read: check that the secret is mounted and readable for this user" >&2
        exit 2
    fi
    value=$(cat "$file")
    export "$name=$value"
done
# Not by argument: a command line can be read by everybody on the machine.
exec mlflow server "$@"
