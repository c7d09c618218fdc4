#!/bin/sh
# Run by mmdebstrap as root once the packages are in: turns the root file system $1 into the image of Rook and Ceph.
set -eu
umask 022
root=$1
here=$(dirname "$0")

# Rook writes files for Ceph's user by the number it has in the official image, and its operator runs as 2016.
number_users() {
  user=$(chroot "$root" id -u ceph)
  group=$(chroot "$root" id -g ceph)
  chroot "$root" groupmod -g 167 ceph
  chroot "$root" usermod -u 167 -g 167 ceph
  chroot "$root" find / -xdev '(' -uid "$user" -o -gid "$group" ')' -not -path '/proc/*' -exec chown -h 167:167 '{}' +
  chroot "$root" useradd --uid 2016 --user-group rook
}

# Two of Debian's libraries do not work inside ceph-mgr, whose modules run in interpreters of their own. bcrypt cannot be
# loaded there: it is imported where a password is hashed, which nobody does here. And libcephsqlite ends every
# transaction in "disk I/O error", by which Ceph is HEALTH_ERR and Rook makes no filesystem: the modules' own databases,
# of device health and the like, are kept in memory.
mend_manager() {
  modules=$root/usr/share/ceph/mgr
  sed -i -e '/^import bcrypt$/d' -e 's/^\( *\)\(salt = bcrypt\.gensalt\)/\1import bcrypt\n\1\2/' \
    -e 's/^\( *\)\(return bcrypt\.hashpw\)/\1import bcrypt\n\1\2/' "$modules/mgr_util.py"
  sed -i -e 's|^\( *\)uri = f"file:///{self.MGR_POOL_NAME}.*|\1uri = "file::memory:"|' \
    -e '/^        # if libcephsqlite reconnects/,/_ceph_register_client("libcephsqlite"/d' "$modules/mgr_module.py"
  grep -q 'uri = "file::memory:"' "$modules/mgr_module.py"
  chroot "$root" python3 -m py_compile /usr/share/ceph/mgr/mgr_util.py /usr/share/ceph/mgr/mgr_module.py
}

number_users
mend_manager
cp -r "$here/root/." "$root/"
chmod 755 "$root"/usr/local/bin/* "$root"/usr/local/sbin/*
mkdir -p "$root/etc/ceph"
rm -f "$root/usr/bin/ceph-dencoder"
sh "$here/../trim.sh" "$root"
