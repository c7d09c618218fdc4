#!/bin/sh
# Before Varnish is stopped, which cuts off whatever is under way: waits for as long as Traefik may take to hear that the
# pod leaves, then until no request is being answered. Usage: leave.sh WORKDIR SECONDS LONGEST_REQUEST_SECONDS
set -u

under_way() {
  varnishstat -1 -t 1 -n "$1" -I 'MEMPOOL.req*.live' | while read -r _ live _; do
    [ "$live" = 0 ] || echo busy
  done
}

sleep "$2"
end=$(($(date +%s) + $3))
while [ -n "$(under_way "$1")" ] && [ "$(date +%s)" -lt "$end" ]; do sleep 1; done
