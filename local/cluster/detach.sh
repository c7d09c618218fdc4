#!/bin/bash
# Becomes a command that outlives whoever started it. Usage: detach.sh [GROUP_FILE…] -- COMMAND…
set -eu

# Control groups of the cluster's own: a session that ends takes along what is in its.
while [ "$1" != -- ]; do
  echo $$ > "$1"
  shift
done
shift

# What the caller's caller left open: whoever waits for such a file to close would wait for the cluster.
for fd in /proc/$$/fd/*; do
  fd=${fd##*/}
  [ "$fd" -le 2 ] || eval "exec $fd>&-"
done
exec "$@"
