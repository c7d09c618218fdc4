#!/bin/sh
# Puts WordPress and its wp-config.php into the working directory when they are not there, then becomes the command.
# Any other command than Apache runs as it is.
set -eu

source_tree=/usr/src/wordpress
lock=.wordpress-copy.lock

has_wordpress() {
  # The lock without index.php is what a copy that was killed leaves behind.
  [ -e index.php ] || { [ -e wp-includes/version.php ] && [ ! -e "$lock" ]; }
}

# Copies folder $1 of the tree, its index.php last: while that is missing, nobody takes a half-copied folder for a
# complete one. `cp` leaves modes and owners of folders that are there alone, which only their owner may change.
copy_folder() {
  mkdir -p "$1"
  for entry in "$source_tree/$1"/*; do
    case ${entry##*/} in
      index.php) ;;
      wp-content) [ -e wp-content/index.php ] || copy_folder wp-content ;;  # One with an index.php is somebody's own.
      *) cp -r "$entry" "$1/" ;;
    esac
  done
  cp "$source_tree/$1/index.php" "$1/index.php.new"
  mv "$1/index.php.new" "$1/index.php"
}

copy_wordpress() {
  echo >&2 "Copying WordPress to $PWD …"
  copy_folder .
  [ "$(id -u)" != 0 ] || chown -R www-data:www-data .
  echo >&2 "WordPress has been copied to $PWD."
}

# Several replicas may share the directory: one copies, the others wait for it. The lock ends with its holder.
ensure_wordpress() {
  has_wordpress && return
  exec 9>"$lock"
  flock --timeout 600 9 || { echo >&2 "Another container has been copying WordPress to $PWD for ten minutes."; exit 1; }
  has_wordpress || copy_wordpress
  rm -f "$lock"
  exec 9>&-
}

# Replaces each placeholder by a random phrase of its own, which then holds for everyone who shares the file.
fill_in_phrases() {
  while IFS= read -r line; do
    case $line in
      *"'put your unique phrase here'"*)
        phrase=$(head -c 48 /dev/urandom | base64 -w 0)
        printf '%s\n' "${line%%"'put your"*}'$phrase'${line#*"phrase here'"}" ;;
      *) printf '%s\n' "$line" ;;
    esac
  done
}

ensure_config() {
  [ ! -s wp-config.php ] || return 0
  env | grep -q '^WORDPRESS_' || return 0
  draft=.wp-config.php.$(cat /proc/sys/kernel/random/uuid)
  fill_in_phrases <"$source_tree/wp-config-docker.php" >"$draft"
  [ "$(id -u)" != 0 ] || chown www-data:www-data "$draft"
  chmod 640 "$draft"
  # A link fails when another replica was first, where a rename would give us phrases others do not have.
  ln "$draft" wp-config.php 2>/dev/null || [ -s wp-config.php ] || mv "$draft" wp-config.php
  rm -f "$draft"
}

case ${1-} in
  apache2*)
    ensure_wordpress
    ensure_config
    ;;
esac

exec "$@"
