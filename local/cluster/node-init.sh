#!/bin/bash
# Process 1 of a node, in PID, mount, network, UTS, IPC and cgroup namespaces of its own.
# Usage: node-init.sh NODE_FOLDER. The folder holds node.env (NODE, ADDRESS, GATEWAY, ROUTES, SERVICES, MEMORY_KIB, SHARED,
# PATIENCE, DISK),
# groups (one file a line that takes a process into the node's control group), cgroups (one "type folder options" a line)
# and daemons/ (one script each, started in the order of their names).
set -eu
cd "$1"

# A cgroup namespace has as its root the group its first process is in.
if [ "${2-}" != inside ]; then
  while read -r group; do echo $$ > "$group"; done < groups
  exec unshare --cgroup bash "$0" "$1" inside
fi
. ./node.env
export PATIENCE # daemons that wait for the API server multiply their pauses by it

hostname "$NODE"
mount --make-rshared /

# A view of the machine in which this node's cgroups are the root.
mount -t sysfs sysfs /sys
mount -t tmpfs -o mode=755 tmpfs /sys/fs/cgroup
while read -r type folder options; do
  mkdir -p "/sys/fs/cgroup/$folder"
  mount -t "$type" -o "$options" "$type" "/sys/fs/cgroup/$folder"
  for controller in ${folder//,/ }; do [ -e "/sys/fs/cgroup/$controller" ] || ln -s "$folder" "/sys/fs/cgroup/$controller"; done
done < cgroups
# Version 2: a group that has the groups below it obey limits holds no process itself.
if [ -e /sys/fs/cgroup/cgroup.controllers ]; then
  mkdir /sys/fs/cgroup/daemons
  echo $$ > /sys/fs/cgroup/daemons/cgroup.procs
  sed 's/[a-z]\+/+&/g' /sys/fs/cgroup/cgroup.controllers > /sys/fs/cgroup/cgroup.subtree_control
fi

# Folders every program knows by their usual names, private to this node.
mkdir -p var-lib/shared-volumes var-log log exits
mount --bind "$SHARED" var-lib/shared-volumes
mount --rbind var-lib /var/lib
mount --bind var-log /var/log
mount -t tmpfs -o mode=755 tmpfs /run
mkdir -p /run/lock /run/netns /run/private

# Ceph takes every disk it sees, and pods make folders in a /dev of the host: one of its own with this node's disk.
if [ -n "$DISK" ]; then
  mkdir /run/dev
  mount -t tmpfs -o mode=755,size=1m tmpfs /run/dev
  for device in null zero full random urandom tty console kmsg fuse fd stdin stdout stderr "${DISK#/dev/}"; do
    [ ! -e "/dev/$device" ] || cp -a "/dev/$device" /run/dev/
  done
  mkdir /run/dev/pts /run/dev/shm /run/dev/mqueue /run/dev/mapper
  ln -s pts/ptmx /run/dev/ptmx
  mount -t devpts -o newinstance,ptmxmode=0666,mode=620 devpts /run/dev/pts
  mount -t tmpfs -o mode=1777 tmpfs /run/dev/shm
  mount --rbind /run/dev /dev
  # Where CephFS is to be mounted nobody can write: a pod that is earlier than it waits, and does not begin a site of its own.
  mkdir /run/cephfs
  mount -t tmpfs -o size=64k tmpfs /run/cephfs
  mkdir /run/cephfs/myfs
  mount -o remount,ro /run/cephfs
fi

# The kubelet writes these settings, which belong to the whole machine: it gets files of its own.
for setting in vm/overcommit_memory vm/panic_on_oom kernel/panic kernel/panic_on_oops kernel/keys/root_maxkeys kernel/keys/root_maxbytes; do
  [ -e "/proc/sys/$setting" ] || continue
  cat "/proc/sys/$setting" > "/run/private/${setting##*/}"
  mount --bind "/run/private/${setting##*/}" "/proc/sys/$setting"
done
sed "s/^MemTotal:.*/MemTotal: $MEMORY_KIB kB/" /proc/meminfo > /run/private/meminfo
mount --bind /run/private/meminfo /proc/meminfo

# The network card comes from outside once this process exists.
ip link set lo up
echo 1 > /proc/sys/net/ipv4/ip_forward
# Every connection to or from a pod is judged when it begins; while nobody judges, none begins. What still goes to a
# Service's address here goes to no pod: kube-proxy refuses it at once, where a judge that knows pods would let it wait.
iptables -w -t mangle -A FORWARD ! -d "$SERVICES" -m conntrack --ctstate NEW -j NFQUEUE --queue-num 100
for ((tries = 0; ; tries++)); do
  ip link show eth0 > /dev/null 2>&1 && break
  [ $tries -lt 400 ] || { echo "no network card after 20 s"; exit 1; }
  sleep 0.05
done
ip address add "$ADDRESS" dev eth0
ip link set eth0 up
ip route add default via "$GATEWAY"
for route in $ROUTES; do ip route add "${route%=*}" via "${route#*=}" onlink dev eth0; done

# Starts a daemon again whenever it ends, and keeps count.
supervise() {
  local name=$1 script=$2 code
  while :; do
    code=0
    bash "$script" >> "log/$name.log" 2>&1 < /dev/null || code=$?
    echo "$(date +%T) $name ended with code $code" | tee -a "exits/$name" >> "log/$name.log"
    sleep 1
  done
}

set +e # from here on nothing may end the node
rm -f exits/*
supervisors=()
for script in daemons/*; do
  name=${script##*/}
  supervise "${name#*-}" "$script" &
  supervisors+=($!)
done

# Logs are appended to, so cutting one in place keeps its writer going.
while :; do
  sleep 5
  for pid in "${supervisors[@]}"; do
    # Half a node is worse than none: the next start sees that it is gone and launches it again.
    [ -d "/proc/$pid" ] || { echo "a supervisor was killed"; exit 1; }
  done
  for log in log/*.log; do
    [ "$(stat -c %s "$log")" -gt 8000000 ] || continue
    tail -c 2000000 "$log" > "$log.old"
    : > "$log"
  done
done
