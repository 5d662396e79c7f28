#!/bin/sh
# weed of the stand-in for SeaweedFS: `weed server -s3 -s3.port=N -s3.config=FILE …`.
set -eu
for argument; do
    case $argument in
    -s3.port=*) port=${argument#*=} ;;
    -s3.config=*) grep -q '"accessKey"' "${argument#*=}" ;;
    esac
done
exec dotnet /opt/stand-ins/DataVersion.StandIns.dll s3 "--port=$port"
