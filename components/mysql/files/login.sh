# shellcheck shell=sh
# Asks the server that runs, if one does, whether it lets the site's user in with the password of a Secret. Ends well
# when it does, and when no server answers: there is none yet, or it is down and waits for the very change to come.
set -u
LC_ALL=C

refuse() {
  echo "Secret $SECRET_NAME: $1. Nothing was changed." >&2
  exit 78
}
value() { cat "/run/secrets/mysql/$1"; }
login() {
  MYSQL_PWD="$(value password)" mysql $TLS_OPTIONS --host="$DATABASE_HOST" --connect-timeout=3 \
    --user="$MYSQL_USER" --execute="SELECT 1" "$MYSQL_DATABASE" 2>&1
}

case $(value password) in
  "" | [[:space:]]* | *[[:space:]]) refuse "the password is empty, or begins or ends with a space, which WordPress leaves out" ;;
esac

# Again and again: a pod that has just started may be a stranger to the NetworkPolicies and to DNS for some seconds.
for _ in 1 2 3 4 5 6 7 8 9 10; do
  if answer=$(login); then
    echo "The server lets $MYSQL_USER in with the password of Secret $SECRET_NAME."
    exit 0
  fi
  case $answer in
    # Access denied, to the server or to the database.
    *"ERROR 1045 "* | *"ERROR 1044 "*)
      echo "$answer" >&2
      refuse "MySQL does not let $MYSQL_USER in with its password. Give the Secret the password MySQL has, or MySQL that of the Secret"
      ;;
  esac
  sleep 1
done

# The image of a server that is yet to be made writes both into SQL as they are.
for key in password root-password; do
  case $(value "$key") in
    "" | *[!\ -~]* | *\'* | *\\*)
      refuse "MySQL's image cannot set a $key that is empty or has anything but printable ASCII, a quote (') or a backslash in it. Choose another"
      ;;
  esac
done
echo "No server that could be asked: $answer"
