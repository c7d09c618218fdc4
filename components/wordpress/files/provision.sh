#!/bin/bash
# Prepares the site before its pods roll: code on the volume, then database. Running it again changes nothing. Exit
# code 78 stands for what no retry would mend.
set -euo pipefail
root=/var/www/html
image=/usr/src/wordpress

# 0 where there is none: an update that was killed in the middle of its renames has left none.
version() {
  [ -e "$1/wp-includes/version.php" ] || { echo 0; return; }
  php -r "require '$1/wp-includes/version.php'; echo \$wp_version;"
}

# A Job that an `up` which was killed has left may still run. The lock ends with its holder, and is on the volume also
# where the code is not.
mkdir -p "$root/wp-content/uploads"
exec 9>"$root/wp-content/uploads/.provision.lock"
flock --timeout 600 9 || { echo "Another Job has been preparing the site for ten minutes." >&2; exit 1; }

# Where the code is from the image, an init container has put it in place, and nobody may write there any more.
[ ! -w "$root" ] || bash /etc/wordpress/unpack.sh

want=$(version "$image")
have=$(version "$root")
staged=$root/.upgrade-$want
order=$(php -r "echo version_compare('$have', '$want');")

if [ "$order" = 1 ]; then
  echo "The volume holds WordPress $have and the image $want: going back could lose data, so nothing was changed." >&2
  echo "Set wordpress.image to $have or newer, or restore a backup made with $want." >&2
  exit 78
elif [ "$order" = 0 ] && [ ! -e "$staged" ]; then
  echo "WordPress $have is on the volume already"
else
  echo "Updating the code on the volume from $have to $want"
  # Copied beside the old code and moved into place by renames: the pods still serving see one version or the other.
  # The copy's folder goes last, so that an update cut short by whatever is done again.
  rm -rf "$root"/.upgrade-*
  mkdir -p "$staged" "$staged.old"
  tar --create --directory="$image" --exclude=./wp-content . | tar --extract --directory="$staged"
  for folder in wp-admin wp-includes; do
    [ ! -e "$root/$folder" ] || mv "$root/$folder" "$staged.old/$folder"
    mv "$staged/$folder" "$root/$folder"
  done
  find "$staged" -maxdepth 1 -type f ! -name .htaccess ! -name 'wp-config*' -exec mv -f {} "$root/" \;
  rm -rf "$staged.old"
  rm -rf "$staged"
fi

php /etc/wordpress/install.php
