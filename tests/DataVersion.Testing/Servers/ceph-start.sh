#!/usr/bin/env bash
# ceph-start.sh DIR: starts a Ceph of its own (mon, mgr, one OSD in memory, radosgw) with everything in DIR, and waits until it answers.
# Writes DIR/ports: HTTP_PORT and HTTPS_PORT. Pids are in DIR/run/*.pid. Exit 1: it did not start; the logs are in DIR/log.
# Users: dvkey/dvsecret (all rights), strangerkey/strangersecret (another account).
set -euo pipefail

dir=$1
mkdir -p "$dir"/{run,log,mon,mgr,osd,rgw}
dir=$(cd "$dir" && pwd)

# Free ports, held until all are known so that they differ; whoever takes one in between makes the start fail, and the caller starts again.
read -r mon_v2 mon_v1 http https messengers < <(python3 - <<'PY'
import socket, random
taken, found = [], []
while len(found) < 4:
    s = socket.socket(); s.bind(("127.0.0.1", 0)); taken.append(s); found.append(s.getsockname()[1])
# A run of ports below the ephemeral ones for the messengers of mgr and OSD.
while True:
    base = random.randrange(10000, 30000, 40)
    try:
        for port in range(base, base + 40):
            s = socket.socket(); s.bind(("127.0.0.1", port)); s.close()
        break
    except OSError:
        pass
print(*found, base)
PY
)

cat > "$dir/ceph.conf" <<CONF
[global]
fsid = $(cat /proc/sys/kernel/random/uuid)
mon host = [v2:127.0.0.1:$mon_v2,v1:127.0.0.1:$mon_v1]
public addr = 127.0.0.1
cluster addr = 127.0.0.1
ms bind port min = $messengers
ms bind port max = $((messengers + 39))
auth cluster required = cephx
auth service required = cephx
auth client required = cephx
run dir = $dir/run
admin socket = $dir/run/\$name.asok
pid file = $dir/run/\$name.pid
log file = $dir/log/\$name.log
keyring = $dir/admin.keyring
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 8
osd pool default pgp num = 8
osd pool default pg autoscale mode = off
osd crush chooseleaf type = 0
mon allow pool size one = true
mon data avail warn = 1
mon data avail crit = 0
mon initial members = a
mon max pg per osd = 1000
# What the daemons keep in memory of their own doings, for a crash's report, takes a quarter of their time: the clients are to have it, who share the cores.
debug ms = 0/0
debug auth = 0/0
debug monc = 0/0
debug objecter = 0/0
debug objclass = 0/0
debug osd = 0/0
debug rgw = 0/0
debug optracker = 0/0
osd enable op tracker = false
osd objectstore = memstore
memstore device bytes = 8589934592
[mon.a]
mon data = $dir/mon/a
keyring = $dir/mon.keyring
[mgr.x]
mgr data = $dir/mgr/x
keyring = $dir/mgr.keyring
mgr initial modules = 
[osd.0]
osd data = $dir/osd/0
keyring = $dir/osd/0/keyring
[client.rgw]
keyring = $dir/rgw.keyring
rgw data = $dir/rgw
rgw frontends = beast tcp_nodelay=1 endpoint=127.0.0.1:$http ssl_endpoint=127.0.0.1:$https ssl_certificate=$dir/cert.pem ssl_private_key=$dir/key.pem
rgw thread pool size = 64
rgw lifecycle work time = 00:00-00:00
CONF
export CEPH_CONF="$dir/ceph.conf"

openssl req -x509 -newkey rsa:2048 -nodes -days 30 -keyout "$dir/key.pem" -out "$dir/cert.pem" -subj /CN=localhost \
    -addext subjectAltName=DNS:localhost,IP:127.0.0.1 2> "$dir/log/openssl.log"

ceph-authtool --create-keyring "$dir/admin.keyring" --gen-key -n client.admin --cap mon 'allow *' --cap osd 'allow *' --cap mgr 'allow *' --cap mds 'allow *' > /dev/null
ceph-authtool --create-keyring "$dir/mon.keyring" --gen-key -n mon. --cap mon 'allow *' > /dev/null
ceph-authtool "$dir/mon.keyring" --import-keyring "$dir/admin.keyring" > /dev/null
monmaptool --create --addv a "[v2:127.0.0.1:$mon_v2,v1:127.0.0.1:$mon_v1]" --fsid "$(sed -n 's/^fsid = //p' "$dir/ceph.conf")" "$dir/monmap" > /dev/null
ceph-mon --mkfs -i a --monmap "$dir/monmap" --keyring "$dir/mon.keyring" > "$dir/log/mkfs-mon.log" 2>&1
setsid ceph-mon -i a > "$dir/log/mon.out" 2>&1 < /dev/null

# It answers within a few seconds or never.
ask() { timeout 30 ceph "$@" 2>> "$dir/log/ceph.log" < /dev/null; }

ask auth get-or-create mgr.x mon 'allow profile mgr' osd 'allow *' mds 'allow *' -o "$dir/mgr.keyring" > /dev/null
mkdir -p "$dir/mgr/x" "$dir/osd/0"
setsid ceph-mgr -i x > "$dir/log/mgr.out" 2>&1 < /dev/null

uuid=$(cat /proc/sys/kernel/random/uuid)
secret=$(ceph-authtool --gen-print-key)
printf '{"cephx_secret": "%s"}' "$secret" > "$dir/osd/secret.json"
ask osd new "$uuid" -i "$dir/osd/secret.json" > /dev/null
ceph-authtool --create-keyring "$dir/osd/0/keyring" --name osd.0 --add-key "$secret" > /dev/null
ceph-osd -i 0 --mkfs --osd-uuid "$uuid" > "$dir/log/mkfs-osd.log" 2>&1
setsid ceph-osd -i 0 > "$dir/log/osd.out" 2>&1 < /dev/null

ask auth get-or-create client.rgw mon 'allow rwx' osd 'allow rwx' mgr 'allow rw' -o "$dir/rgw.keyring" > /dev/null
setsid radosgw -n client.rgw > "$dir/log/rgw.out" 2>&1 < /dev/null

for _ in $(seq 300); do
    if (exec 3<> "/dev/tcp/127.0.0.1/$http") 2> /dev/null; then up=1; break; fi
    sleep 0.2
done
[[ ${up:-} ]] || { echo "radosgw does not answer; see $dir/log" >&2; exit 1; }

user() { timeout 60 radosgw-admin -n client.admin user create --uid "$1" --display-name "$1" --access-key "$2" --secret-key "$3" > "$dir/log/user-$1.log" 2>&1 < /dev/null; }
user dv dvkey dvsecret
user stranger strangerkey strangersecret
printf 'HTTP_PORT=%s\nHTTPS_PORT=%s\n' "$http" "$https" > "$dir/ports"
