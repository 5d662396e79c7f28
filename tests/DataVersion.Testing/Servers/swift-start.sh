#!/usr/bin/env bash
# swift-start.sh DIR: starts an OpenStack Swift of one node with its S3 interface, everything in DIR, and waits until it answers.
# Writes DIR/ports: HTTP_PORT. Pids are in DIR/run/*.pid. Exit 1: it did not start; the logs are in DIR/log.
# S3 credentials: access key test:tester, secret testing.
set -euo pipefail

dir=$1
mkdir -p "$dir"/{run,log,conf,cache,srv/d1}
dir=$(cd "$dir" && pwd)

read -r proxy object container account memcached < <(python3 - <<'PY'
import socket
held = [socket.socket() for _ in range(5)]
for s in held: s.bind(("127.0.0.1", 0))
print(*[s.getsockname()[1] for s in held])
PY
)

cat > "$dir/conf/swift.conf" <<CONF
[swift-hash]
swift_hash_path_suffix = dv
swift_hash_path_prefix = dv
[storage-policy:0]
name = default
default = yes
CONF

for kind in account container object; do
    (cd "$dir/conf" && swift-ring-builder $kind.builder create 4 1 1 && swift-ring-builder $kind.builder add "r1z1-127.0.0.1:${!kind}/d1" 1 \
        && swift-ring-builder $kind.builder rebalance) > "$dir/log/ring-$kind.log" 2>&1
    cat > "$dir/conf/$kind.conf" <<CONF
[DEFAULT]
bind_ip = 127.0.0.1
bind_port = ${!kind}
workers = 1
user = $(id -un)
swift_dir = $dir/conf
devices = $dir/srv
mount_check = false
log_level = WARNING
[pipeline:main]
pipeline = $kind-server
[app:$kind-server]
use = egg:swift#$kind
[filter:recon]
use = egg:swift#recon
recon_cache_path = $dir/cache
[$kind-replicator]
[$kind-updater]
[$kind-auditor]
CONF
done

cat > "$dir/conf/proxy.conf" <<CONF
[DEFAULT]
bind_ip = 127.0.0.1
bind_port = $proxy
workers = 1
user = $(id -un)
swift_dir = $dir/conf
log_level = WARNING
[pipeline:main]
pipeline = catch_errors gatekeeper healthcheck cache listing_formats bulk tempurl s3api tempauth copy slo dlo versioned_writes symlink proxy-server
[app:proxy-server]
use = egg:swift#proxy
allow_account_management = true
account_autocreate = true
# The only node there is must not be given up because the machine is busy.
conn_timeout = 20
node_timeout = 60
recoverable_node_timeout = 60
error_suppression_limit = 1000000
[filter:catch_errors]
use = egg:swift#catch_errors
[filter:gatekeeper]
use = egg:swift#gatekeeper
[filter:healthcheck]
use = egg:swift#healthcheck
[filter:cache]
use = egg:swift#memcache
memcache_servers = 127.0.0.1:$memcached
[filter:listing_formats]
use = egg:swift#listing_formats
[filter:bulk]
use = egg:swift#bulk
[filter:tempurl]
use = egg:swift#tempurl
[filter:s3api]
use = egg:swift#s3api
s3_acl = false
[filter:tempauth]
use = egg:swift#tempauth
user_test_tester = testing .admin
[filter:copy]
use = egg:swift#copy
[filter:slo]
use = egg:swift#slo
[filter:dlo]
use = egg:swift#dlo
[filter:versioned_writes]
use = egg:swift#versioned_writes
allow_versioned_writes = true
[filter:symlink]
use = egg:swift#symlink
CONF

start() {
    local name=$1
    shift
    setsid "$@" > "$dir/log/$name.log" 2>&1 < /dev/null &
    echo $! > "$dir/run/$name.pid"
}
export SWIFT_TEST_DIR="$dir"
start memcached memcached -l 127.0.0.1 -p "$memcached" -u "$(id -un)"
for kind in account container object; do start $kind "swift-$kind-server" "$dir/conf/$kind.conf"; done
start proxy swift-proxy-server "$dir/conf/proxy.conf"

for _ in $(seq 300); do
    if python3 -c "import urllib.request as u; u.urlopen('http://127.0.0.1:$proxy/healthcheck', timeout=2)" 2> /dev/null; then up=1; break; fi
    sleep 0.2
done
[[ ${up:-} ]] || { echo "swift does not answer; see $dir/log" >&2; exit 1; }
printf 'HTTP_PORT=%s\n' "$proxy" > "$dir/ports"
