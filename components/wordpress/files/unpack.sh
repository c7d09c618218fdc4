#!/bin/bash
# Fills /var/www/html from the image, unless WordPress is there already, and places the deployment's own plugins and drop-in.
set -euo pipefail
root=/var/www/html

# The image's entrypoint fills an empty folder and writes wp-config.php when its command starts with apache2.
docker-entrypoint.sh apache2 -v >/dev/null
mark='Placed here by the deployment'
mkdir -p "$root/wp-content/uploads" "$root/wp-content/mu-plugins"

# By a rename: other pods may be reading the file that is there.
place() {
  cp "$1" "$2.new"
  mv "$2.new" "$2"
}

place /etc/wordpress/hardening.php "$root/wp-content/mu-plugins/hardening.php"
# There is one place for a drop-in of this name: a plugin's own stays.
dropin=$root/wp-content/db.php
if [ -L "$dropin" ] || { [ -e "$dropin" ] && ! grep -q "$mark" "$dropin"; }; then
  echo "wp-content/db.php is not the deployment's and stays: connections to the database are as it makes them"
else
  place /etc/wordpress/db.php "$dropin"
fi

shopt -s nullglob
for plugin in /etc/wordpress/must-use-*.php; do
  place "$plugin" "$root/wp-content/mu-plugins/${plugin##*/must-use-}"
done
# What an earlier deployment has placed and this one does not.
for placed in $(grep -ls "$mark" "$root"/wp-content/mu-plugins/*.php); do
  name=${placed##*/}
  [ -e "/etc/wordpress/must-use-$name" ] || [ -e "/etc/wordpress/$name" ] || rm "$placed"
done
