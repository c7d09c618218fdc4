#!/bin/bash
# Unpacks image archives into a containerd root, with a containerd of its own that ends with the namespaces it runs in.
# Usage: unpack-images.sh ROOT ARCHIVE… It leaves ROOT/complete when all is done.
set -eu
root=$1
shift
mount -t tmpfs tmpfs /run
cat > /run/containerd.toml << END
version = 3
root = "$root"
state = "/run/containerd"
disabled_plugins = ["io.containerd.internal.v1.opt", "io.containerd.grpc.v1.cri"]
[grpc]
address = "/run/containerd.sock"
END
containerd --config /run/containerd.toml &
server=$!
ctr() { command ctr -a /run/containerd.sock -n k8s.io "$@"; }
for ((tries = 0; tries < 300; tries++)); do
  ctr version > /dev/null 2>&1 && break
  sleep 0.1
done
for archive in "$@"; do ctr images import "$archive"; done
kill "$server"
wait "$server" || true
touch "$root/complete"
