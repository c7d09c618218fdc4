# shellcheck shell=sh
# Over TCP and as the site's own user: the temporary server of the first start does not listen there. A server whose
# connections are all in use answers, too: out of its Service it would refuse those as well that find one free.
answer=$(MYSQL_PWD="$(cat /run/secrets/mysql/password)" mysql --host=127.0.0.1 --user="$MYSQL_USER" --execute="SELECT 1" "$MYSQL_DATABASE" 2>&1) && exit 0
case $answer in *"ERROR 1040 "*) exit 0 ;; esac
echo "$answer" >&2
exit 1
