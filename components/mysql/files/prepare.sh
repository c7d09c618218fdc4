# shellcheck shell=sh
# Sees to an initialisation that was cut short, before the image looks: it takes any data folder for a whole database.
# The mark is there from before the image begins until it has run initialised.sh, and never where somebody has tables.
set -eu
data=/var/lib/mysql
mark=$data/.initialising

tables() { find "$data" -mindepth 2 \( -name '*.ibd' -o -name '*.MYD' \) ! -path "$data/sys/*" -print -quit; }

if [ -e "$mark" ] && [ -z "$(tables)" ]; then
  echo "The initialisation was cut short, and there are no tables yet: it is done again."
  find "$data" -mindepth 1 -delete
fi
rm -f "$mark"
[ -d "$data/mysql" ] || : >"$mark"
