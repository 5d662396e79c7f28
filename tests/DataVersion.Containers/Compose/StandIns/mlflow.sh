#!/bin/sh
# mlflow of the stand-in: like the real one it does not start without its database.
set -eu
for argument; do
    case $argument in
    --backend-store-uri=*) uri=$(echo "${argument#*=}" | sed 's/^postgresql+[a-z0-9]*:/postgresql:/') ;;
    esac
done
psql --quiet --no-password "$uri" --command 'create table if not exists experiments (id int)' > /dev/null
touch /mlflow/artifacts/written
exec dotnet /opt/stand-ins/DataVersion.StandIns.dll "$@"
