#!/bin/sh
# Removes from the root file system $1 what no container needs: package lists, caches, documentation, and Perl, which
# only package scripts use.
set -eu
root=$1

perl=$(chroot "$root" dpkg-query -W -f '${Package}\n' 'perl' 'perl-modules-*' 'libperl5*' 'libgdbm*' 2>/dev/null || true)
[ -z "$perl" ] || chroot "$root" dpkg --purge --force-depends $perl >/dev/null 2>&1

# /tmp and apt's lists stay: mmdebstrap keeps its settings for apt in there and cleans up itself.
rm -rf "$root"/var/cache/debconf/*-old "$root"/usr/share/doc/* "$root"/usr/share/man/* "$root"/usr/share/info/* \
  "$root"/usr/share/lintian "$root"/usr/share/locale/* "$root"/var/log/apt "$root"/var/log/*.log \
  "$root"/usr/lib/*/perl-base/unicore
