#!/bin/bash
# Makes the bridge that joins the nodes, in the network namespace it runs in, and holds that open.
# Usage: lan.sh ADDRESS/PREFIX
set -eu
ip link set lo up
ip link add br0 type bridge
ip address add "$1" dev br0
ip link set br0 up
exec sleep infinity
