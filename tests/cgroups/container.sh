#!/bin/bash
# Runs a command where a privileged container's command runs: in control groups below the machine's, of which it sees no
# others, in PID and mount namespaces of its own, without systemd. Usage: container.sh COMMAND…
# Version 1 shows the groups as Docker mounts them, version 2 by a cgroup namespace.
set -eu
name=container-test
groups() { awk '$3 ~ /^cgroup2?$/ { print $2 }' /proc/self/mounts; }

case ${STAGE-} in
  "")
    for group in $(groups); do
      mkdir "$group/$name"
      for file in cpuset.cpus cpuset.mems; do
        # Of version 1; in version 2 a group without a choice of its own has its parent's.
        text=$(cat "$group/$file" 2> /dev/null) || continue
        [ -z "$text" ] || echo "$text" > "$group/$name/$file"
      done
      [ ! -e "$group/cgroup.subtree_control" ] || sed 's/[a-z]\+/+&/g' "$group/cgroup.controllers" > "$group/cgroup.subtree_control"
    done
    code=0
    STAGE=enter unshare --fork --kill-child --pid --mount --mount-proc bash "$0" "$@" || code=$?
    for group in $(groups); do rmdir "$group/$name"; done
    exit $code
    ;;
  enter)
    for group in $(groups); do echo $$ > "$group/$name/cgroup.procs"; done
    if [ "$(stat -fc %T /sys/fs/cgroup)" = cgroup2fs ]; then STAGE=see exec unshare --cgroup bash "$0" "$@"; fi
    for group in $(groups); do mount --bind "$group/$name" "$group"; done
    ;;
  see)
    umount /sys/fs/cgroup
    mount -t cgroup2 cgroup2 /sys/fs/cgroup
    ;;
esac
unset STAGE
mount -t tmpfs tmpfs /run
# Not in this process's place: process 1 would have to look after orphans.
"$@"
