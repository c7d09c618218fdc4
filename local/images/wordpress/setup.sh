#!/bin/sh
# Run by mmdebstrap as root once the packages are in: turns the root file system $1 into the WordPress image.
set -eu
umask 022
root=$1
here=$(dirname "$0")

# WordPress's own package would bring a database client along; only its files are wanted, and those of the libraries
# it links to.
wordpress_packages() {
  apt-cache depends --recurse --no-pre-depends --no-recommends --no-suggests --no-conflicts --no-breaks \
    --no-replaces --no-enhances wordpress | grep -E '^(wordpress|libjs-.*|libphp-.*|php-getid3)$' | sort -u
  echo wordpress-theme-twentytwentyfive
}

# Debian spreads WordPress over symbolic links: followed here, so that one plain tree remains.
install_wordpress() {
  parts=$root/tmp/wordpress-parts
  mkdir -p "$parts/debs" "$parts/tree/etc/ssl/certs"
  # shellcheck disable=SC2046 # one word for each package
  (cd "$parts/debs" && APT_CONFIG=$MMDEBSTRAP_APT_CONFIG apt-get download -qq -o APT::Sandbox::User=root \
    $(APT_CONFIG=$MMDEBSTRAP_APT_CONFIG wordpress_packages))
  for deb in "$parts"/debs/*.deb; do dpkg-deb --extract "$deb" "$parts/tree"; done
  tree=$parts/tree/usr/share/wordpress
  # This one is absolute; and Debian's own configuration is not ours.
  cp "$root/etc/ssl/certs/ca-certificates.crt" "$parts/ca-bundle.crt"
  rm -f "$tree/wp-includes/certificates/ca-bundle.crt" "$tree/.htaccess" "$tree/wp-config.php"
  cp "$parts/ca-bundle.crt" "$tree/wp-includes/certificates/ca-bundle.crt"
  dangling=$(find -L "$tree" -type l)
  [ -z "$dangling" ] || { echo >&2 "Debian's wordpress package now links to files of further packages: $dangling"; exit 1; }
  cp -rL "$tree/." "$root/usr/src/wordpress/"
  cp "$parts/tree/var/lib/wordpress/wp-content/index.php" "$root/usr/src/wordpress/wp-content/"
  mkdir -p "$root/usr/src/wordpress/wp-content/uploads"
  rm -rf "$parts"
  test -s "$root/usr/src/wordpress/wp-includes/version.php"
}

configure_apache() {
  chroot "$root" a2enmod -q rewrite expires headers remoteip
  chroot "$root" a2disconf -q serve-cgi-bin other-vhosts-access-log
  chroot "$root" a2enconf -q zz-container
  rm -f "$root/var/www/html/index.html"
  chroot "$root" chown -R www-data:www-data /var/www/html /usr/src/wordpress
  chmod 755 "$root/var/log/apache2"
  for log in access other_vhosts_access; do ln -sf /dev/stdout "$root/var/log/apache2/$log.log"; done
  ln -sf /dev/stderr "$root/var/log/apache2/error.log"
  # Whoever the container runs as writes here.
  mkdir -p "$root/run/apache2" "$root/run/lock/apache2"
  chmod 1777 "$root/run/apache2" "$root/run/lock" "$root/run/lock/apache2" "$root/var/www/html"
}

# PHP_INI_SCAN_DIR of the image adds /usr/local/etc/php/conf.d to Debian's own folders.
configure_php() {
  mkdir -p "$root/usr/local/etc/php/conf.d"
  for folder in "$root"/etc/php/*/cli/conf.d "$root"/etc/php/*/apache2/conf.d; do
    printf 'session.save_path = /tmp\nlog_errors = On\n' >"$folder/90-container.ini"
  done
}

install_wordpress
cp -r "$here/root/." "$root/"
chmod 755 "$root"/usr/local/bin/*
configure_apache
configure_php
sh "$here/../trim.sh" "$root"
