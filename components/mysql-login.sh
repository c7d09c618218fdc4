# Asks the server that runs, if one does, whether it lets the site's user in with the password of a Secret. Ends well
# when it does, and when no server answers: there is none yet, or it is down and waits for the very change to come.
set -u

login() {
  MYSQL_PWD="$(cat /run/secrets/mysql/password)" mysql $TLS_OPTIONS --host="$DATABASE_HOST" --connect-timeout=3 \
    --user="$MYSQL_USER" --execute="SELECT 1" "$MYSQL_DATABASE" 2>&1
}

# Again and again: a pod that has just started may be a stranger to the NetworkPolicies and to DNS for some seconds.
for attempt in 1 2 3 4 5 6 7 8 9 10; do
  if answer=$(login); then
    echo "The server lets $MYSQL_USER in with the password of Secret $SECRET_NAME."
    exit 0
  fi
  case $answer in
    # Access denied, to the server or to the database.
    *"ERROR 1045 "* | *"ERROR 1044 "*)
      echo "$answer" >&2
      echo "MySQL does not let $MYSQL_USER in with the password of Secret $SECRET_NAME: nothing was changed. Give the Secret the password MySQL has, or MySQL that of the Secret." >&2
      exit 78
      ;;
  esac
  sleep 1
done
echo "No server that could be asked: $answer"
