#!/bin/bash
# Fills /var/www/html from the image, unless WordPress is there already, and places the deployment's own plugins and drop-in.
# With the argument `fresh` all that is there is the image's.
set -euo pipefail
root=/var/www/html
image=/usr/src/wordpress
content=$root/wp-content

# An init container that starts again finds what it had begun. The uploads are not mounted into it.
[ "${1:-}" != fresh ] || find "$root" -xdev -mindepth 1 -delete

# The image's entrypoint takes a copy that was cut short for a whole one, by a single file or folder of it. So until the
# copy is whole, this names what was there before it and stays the site's own.
filling=$content/.filling
if [ -e "$filling" ]; then
  echo "The first copy of WordPress was cut short, and is made whole"
  # No folders: tar would set the modes of those that are there, which may be another user's.
  (cd "$image" && find . ! -type d -print0 |
    tar --create --anchored --no-wildcards --exclude-from="$filling" --null --files-from=-) |
    tar --extract --directory="$root"
elif [ ! -e "$root/index.php" ] && [ ! -e "$root/wp-includes/version.php" ]; then
  mkdir -p "$content"
  own=(-path ./.htaccess -o -path './wp-content/*/*' -o -path './wp-content/*' ! -type d)
  (cd "$root" && find . -maxdepth 3 \( "${own[@]}" \)) >"$filling.new"
  mv "$filling.new" "$filling"
fi
# It fills an empty folder and writes wp-config.php when its command starts with apache2.
docker-entrypoint.sh apache2 -v >/dev/null
rm -f "$filling"
# An entry point may copy without the files' times, of which ETags are made: they have to be the same in every pod.
[ "${1:-}" != fresh ] || cp -r --attributes-only --preserve=timestamps "$image"/* "$root/"
mkdir -p "$content/uploads" "$content/mu-plugins"

# The files placed here, each with its checksum: one that has another is not the deployment's any more.
manifest=$content/.deployment-files
if [ ! -e "$manifest" ]; then
  # Deployments from before the manifest have written a sentence into their files.
  (cd "$content" && grep -ls 'Placed here by the deployment' db.php mu-plugins/*.php | xargs -r sha256sum) >"$manifest" || true
fi
: >"$manifest.new"
sum() { (cd "$content" && sha256sum "$1"); }
ours() { [ ! -L "$content/$1" ] && grep -qxF "$(sum "$1")" "$manifest"; }

# By a rename: other pods may be reading the file that is there. Noted before it: this script may be killed.
place() {
  cp "$1" "$content/$2.new"
  sum "$2.new" | sed 's/\.new$//' | tee -a "$manifest" >>"$manifest.new"
  mv "$content/$2.new" "$content/$2"
}

# There is one place for a drop-in of this name: a plugin's own stays.
if { [ -e "$content/db.php" ] || [ -L "$content/db.php" ]; } && ! ours db.php; then
  echo "wp-content/db.php is not the deployment's and stays: connections to the database are as it makes them"
else
  place /etc/wordpress/db.php db.php
fi
shopt -s nullglob
for plugin in /etc/wordpress/must-use-*.php; do
  place "$plugin" "mu-plugins/${plugin##*/must-use-}"
done

# What an earlier deployment has placed and this one does not.
while read -r _ file; do
  grep -q "  $file\$" "$manifest.new" || [ ! -e "$content/$file" ] || ! ours "$file" || rm "$content/$file"
done <"$manifest"
mv "$manifest.new" "$manifest"
