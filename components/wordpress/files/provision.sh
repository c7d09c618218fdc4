#!/bin/bash
# Prepares the site before its pods roll: code on the volume, then database. Running it again changes nothing.
set -euo pipefail
root=/var/www/html
image=/usr/src/wordpress

version() { php -r "require '$1/wp-includes/version.php'; echo \$wp_version;"; }

bash /etc/wordpress/unpack.sh

have=$(version "$root")
want=$(version "$image")
case $(php -r "echo version_compare('$have', '$want');") in
  0) echo "WordPress $have is on the volume already" ;;
  1)
    echo "The volume holds WordPress $have and the image $want: going back could lose data, so nothing was changed." >&2
    echo "Set wordpress.image to $have or newer, or restore a backup made with $want." >&2
    exit 1
    ;;
  *)
    echo "Updating the code on the volume from $have to $want"
    # Copied beside the old code and moved into place by renames: the pods still serving see one version or the other.
    staged=$root/.upgrade-$want
    rm -rf "$staged" "$staged.old"
    mkdir -p "$staged" "$staged.old"
    tar --create --directory="$image" --exclude=./wp-content . | tar --extract --directory="$staged"
    for folder in wp-admin wp-includes; do
      mv "$root/$folder" "$staged.old/$folder"
      mv "$staged/$folder" "$root/$folder"
    done
    find "$staged" -maxdepth 1 -type f ! -name .htaccess ! -name 'wp-config*' -exec mv -f {} "$root/" \;
    rm -rf "$staged" "$staged.old"
    ;;
esac

php /etc/wordpress/install.php
