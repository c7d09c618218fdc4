#!/bin/bash
# Prepares the site before its pods roll: code on the volume, then database. Running it again changes nothing. Exit
# code 78 stands for what no retry would mend.
set -euo pipefail
root=/var/www/html
image=/usr/src/wordpress

# What PHP cannot read: said by PHP itself, before anything changes.
unreadable() { echo "$1: $2" >&2; exit 78; }
readable() { [ ! -e "$2" ] || said=$(php -n -l "$2" 2>&1) || unreadable "$1" "$said"; }
readable wordpress.extraConfig /etc/wordpress/extra-config.php
for plugin in /etc/wordpress/must-use-*.php; do readable wordpress.mustUsePlugins "$plugin"; done
said=$(php -n -r 'exit((int) (parse_ini_file("/etc/wordpress/php.ini") === false));' 2>&1) || unreadable wordpress.php.extraIni "$said"

# 0 where there is none, and where a copy has only begun with the file.
version() {
  [ -s "$1/wp-includes/version.php" ] || { echo 0; return; }
  php -r "require '$1/wp-includes/version.php'; echo \$wp_version;"
}

# A Job that an `up` which was killed has left may still run. The lock ends with its holder, and is on the volume also
# where the code is not.
mkdir -p "$root/wp-content/uploads"
exec 9>"$root/wp-content/uploads/.provision.lock"
flock --timeout 600 9 || { echo "Another Job has been preparing the site for ten minutes." >&2; exit 1; }

# An update that was killed between two renames: a folder that is out of the way comes back.
for folder in "$root"/.upgrade-*.old/*; do
  [ ! -e "$folder" ] || [ -e "$root/${folder##*/}" ] || mv "$folder" "$root/"
done

want=$(version "$image")
have=$(version "$root")
if [ "$(php -r "echo version_compare('$have', '$want');")" = 1 ]; then
  echo "The volume holds WordPress $have and the image $want: going back could lose data, so nothing was changed; set wordpress.image to $have or newer, or restore a backup made with $want." >&2
  exit 78
fi

# With content from the image an init container has done it, and nobody may write there any more.
[ "$WORDPRESS_CONTENT" = image ] || bash /etc/wordpress/unpack.sh
have=$(version "$root")
staged=$root/.upgrade-$want

# The new code is copied beside the old, then takes its place by renames. The copy's folders go last, so that an update
# cut short by whatever is done again.
update_code() {
  rm -rf "$root"/.upgrade-*
  mkdir -p "$staged" "$staged.old" "$root/wp-admin" "$root/wp-includes"
  tar --create --directory="$image" --exclude=./wp-content . | tar --extract --directory="$staged"
  # The site's own, a .htaccess for one: WordPress has no such files.
  (cd "$root" && find wp-admin wp-includes -name '.?*' -type f -exec cp --parents --preserve=timestamps -t "$staged" {} +)
  # Requests wait from here on (await-code.php), and those under way have six seconds to end.
  touch --date='15 seconds' "$root/.code-exchanged"
  sleep 6
  for folder in wp-admin wp-includes; do
    mv "$root/$folder" "$staged.old/"
    mv "$staged/$folder" "$root/"
  done
  find "$staged" -maxdepth 1 -type f ! -name .htaccess ! -name 'wp-config*' -exec mv -f -t "$root/" {} +
  # Beside these folders goes what WordPress had once and has no more, by its own list.
  list="require '$root/wp-admin/includes/update-core.php'; echo implode(\"\\0\", preg_grep('#/#', \$_old_files, PREG_GREP_INVERT));"
  php -r "$list" | (cd "$root" && xargs --null --no-run-if-empty rm -rf --)
  touch "$root/.code-exchanged"
  rm -rf "$staged.old" "$staged"
}

if [ "$have" = "$want" ] && ! compgen -G "$root/.upgrade-*" >/dev/null; then
  echo "WordPress $have is on the volume already"
else
  echo "Updating the code on the volume from $have to $want"
  update_code
fi

# What may end well the next time, such as a download, gets four tries; only the last one's end is the Job's.
for pause in 10 20 40 ""; do
  code=0
  php /etc/wordpress/install.php || code=$?
  if [ $code = 0 ] || [ $code = 78 ] || [ -z "$pause" ]; then exit $code; fi
  echo "Once more in $pause seconds" >&2
  sleep "$pause"
done
