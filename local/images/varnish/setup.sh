#!/bin/sh
# Run by mmdebstrap as root once the packages are in: turns the root file system $1 into the Varnish image.
set -eu
umask 022
root=$1
here=$(dirname "$0")

# The users of the official image, under its numbers.
for file in passwd group; do sed -i -E '/^(varnish|vcache|varnishlog):/d' "$root/etc/$file"; done
echo 'varnish:x:1000:' >>"$root/etc/group"
echo 'varnish:x:1000:1000:Varnish:/nonexistent:/usr/sbin/nologin' >>"$root/etc/passwd"

# Varnish compiles its rules with GCC, and that is all it is here for: no other optimisers, sanitizers or analyses.
rm -f "$root"/usr/libexec/gcc/*/*/lto1 "$root"/usr/libexec/gcc/*/*/lto-wrapper "$root"/usr/bin/*lto-dump* \
  "$root"/usr/bin/*cpp* "$root"/usr/bin/*gprof* "$root"/usr/bin/*gcov* "$root"/usr/bin/*ld.gold "$root"/usr/bin/*dwp \
  "$root"/usr/lib/*/lib[althu]*san.so.* "$root"/usr/lib/*/libgprofng* "$root"/usr/lib/gcc/*/*/lib*san*.a \
  "$root"/usr/lib/*/libmvec.a "$root"/usr/lib/*/libm-*.a "$root"/usr/lib/*/libc.a

cp -r "$here/root/." "$root/"
chmod 755 "$root"/usr/local/bin/*
mkdir -p "$root/var/lib/varnish/varnishd"
chroot "$root" chown -R 1000:1000 /var/lib/varnish
chmod 1777 "$root/var/lib/varnish"
sh "$here/../trim.sh" "$root"
