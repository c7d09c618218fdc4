#!/bin/bash
# Fills /var/www/html from the image, unless WordPress is there already, and places the deployment's own plugins.
set -euo pipefail
root=/var/www/html

# The image's entrypoint fills an empty folder and writes wp-config.php when its command starts with apache2.
docker-entrypoint.sh apache2 -v >/dev/null
mkdir -p "$root/wp-content/uploads" "$root/wp-content/mu-plugins"
cp /etc/wordpress/hardening.php "$root/wp-content/mu-plugins/hardening.php"

shopt -s nullglob
for plugin in /etc/wordpress/must-use-*.php; do
  cp "$plugin" "$root/wp-content/mu-plugins/${plugin##*/must-use-}"
done
# What an earlier deployment has placed and this one does not.
for placed in $(grep -ls 'Placed here by the deployment' "$root"/wp-content/mu-plugins/*.php); do
  name=${placed##*/}
  [ -e "/etc/wordpress/must-use-$name" ] || [ -e "/etc/wordpress/$name" ] || rm "$placed"
done
