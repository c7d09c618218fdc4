# shellcheck shell=sh
# The last script of the image's initialisation: see prepare.sh.
rm -f /var/lib/mysql/.initialising
