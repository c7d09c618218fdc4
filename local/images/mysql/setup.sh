#!/bin/sh
# Run by mmdebstrap as root once the packages are in: turns the root file system $1 into the MySQL image.
set -eu
umask 022
root=$1
here=$(dirname "$0")

# The server's files belong to the user and group 999 of the official image.
echo 'mysql:x:999:' >>"$root/etc/group"
echo 'mysql:x:999:999:MySQL server:/var/lib/mysql:/usr/sbin/nologin' >>"$root/etc/passwd"

# Clients of sign-on services and tools for file formats nobody has here: a third of the packages' size.
rm -f "$root"/usr/lib/mysql/plugin/authentication_*client.so "$root"/usr/lib/mysql/plugin/telemetry_client.so
for tool in ibd2sdi innochecksum myisam_ftdump myisamchk myisamlog myisampack mysqlslap mysql_migrate_keyring mysqld_multi \
  mysqld_safe mysqldumpslow mysql_secure_installation; do
  rm -f "$root/usr/bin/$tool"
done

mkdir -p "$root/etc/mysql/conf.d" "$root/docker-entrypoint-initdb.d" "$root/var/lib/mysql" "$root/run/mysqld"
cp -r "$here/root/." "$root/"
chmod 755 "$root"/usr/local/bin/*
chroot "$root" chown 999:999 /var/lib/mysql /run/mysqld
# Whoever the container runs as writes here.
chmod 1777 "$root/var/lib/mysql" "$root/run/mysqld"
sh "$here/../trim.sh" "$root"
