#!/bin/bash
# Initialises an empty data directory from MYSQL_… (each also as MYSQL_…_FILE) and /docker-entrypoint-initdb.d, then
# becomes the server. Any other command than mysqld runs as it is.
set -euo pipefail
shopt -s nullglob

socket=/var/run/mysqld/mysqld.sock

log() { echo >&2 "$(date --rfc-3339=seconds) [entrypoint] $*"; }
fail() { log "$*"; exit 1; }

# Sets variable $1 from the file named by $1_FILE, or to the default $2.
read_setting() {
  local name=$1 file=$1_FILE
  if [ -n "${!file:-}" ]; then
    [ -z "${!name:-}" ] || fail "$name and $file are both set: set one of them."
    printf -v "$name" %s "$(<"${!file}")"
  fi
  printf -v "$name" %s "${!name:-${2:-}}"
  unset "$file"
}

read_settings() {
  read_setting MYSQL_ROOT_PASSWORD
  read_setting MYSQL_ROOT_HOST %
  read_setting MYSQL_DATABASE
  read_setting MYSQL_USER
  read_setting MYSQL_PASSWORD
  read_setting MYSQL_RANDOM_ROOT_PASSWORD
  read_setting MYSQL_ALLOW_EMPTY_PASSWORD
  read_setting MYSQL_ONETIME_PASSWORD
  read_setting MYSQL_INITDB_SKIP_TZINFO
}

check_settings() {
  [ -n "$MYSQL_ROOT_PASSWORD$MYSQL_RANDOM_ROOT_PASSWORD$MYSQL_ALLOW_EMPTY_PASSWORD" ] ||
    fail "The data directory is empty and there is no root password: set MYSQL_ROOT_PASSWORD, MYSQL_RANDOM_ROOT_PASSWORD or MYSQL_ALLOW_EMPTY_PASSWORD."
  [ "$MYSQL_USER" != root ] || fail "MYSQL_USER cannot be root: use MYSQL_ROOT_PASSWORD for root."
  [ -z "$MYSQL_USER" ] || [ -n "$MYSQL_PASSWORD" ] || fail "MYSQL_USER is set without MYSQL_PASSWORD."
  [ -n "$MYSQL_USER" ] || [ -z "$MYSQL_PASSWORD" ] || log "MYSQL_PASSWORD is set without MYSQL_USER: no user is created."
}

# The value mysqld would use, given its arguments and its configuration files.
server_variable() {
  local name=$1; shift
  "$@" --verbose --help --log-bin-index="$(mktemp -u)" 2>/dev/null | awk -v name="$name" '$1 == name { $1 = ""; print substr($0, 2); exit }'
}

# Text as an SQL string; the temporary server runs with the default sql_mode, where a backslash escapes.
quoted() {
  local text=${1//\\/\\\\}
  printf "'%s'" "${text//\'/\\\'}"
}
identifier() { printf '`%s`' "${1//\`/\`\`}"; }

# SQL on standard input, run as root. The password goes by a file descriptor: arguments are visible to everyone.
run_sql() {
  mysql --defaults-extra-file=<(client_options) --protocol=socket --user=root --socket="$socket" --comments "$@"
}
client_options() {
  [ -z "${root_password_set:-}" ] || printf '[client]\npassword="%s"\n' "$(sed -e 's/[\\"]/\\&/g' <<<"$MYSQL_ROOT_PASSWORD")"
}

start_temporary_server() {
  "$@" --skip-networking --mysqlx=OFF --socket="$socket" &
  server=$!
  for _ in $(seq 1 240); do
    if mysqladmin --no-defaults --protocol=socket --user=root --socket="$socket" ping >/dev/null 2>&1; then return; fi
    kill -0 "$server" 2>/dev/null || fail "The temporary server ended: its messages are above."
    sleep 0.25
  done
  fail "The temporary server did not answer within a minute."
}

stop_temporary_server() {
  kill "$server"
  wait "$server" || fail "The temporary server did not stop cleanly."
}

create_users() {
  local root host
  root=$(quoted "$MYSQL_ROOT_PASSWORD") host=$(quoted "$MYSQL_ROOT_HOST")
  {
    echo "SET @@session.sql_log_bin = 0;"
    echo "ALTER USER 'root'@'localhost' IDENTIFIED BY $root;"
    echo "DROP DATABASE IF EXISTS test;"
    if [ "$MYSQL_ROOT_HOST" != localhost ]; then
      echo "CREATE USER 'root'@$host IDENTIFIED BY $root; GRANT ALL ON *.* TO 'root'@$host WITH GRANT OPTION;"
    fi
    [ -z "$MYSQL_DATABASE" ] || echo "CREATE DATABASE IF NOT EXISTS $(identifier "$MYSQL_DATABASE");"
    if [ -n "$MYSQL_USER" ]; then
      echo "CREATE USER $(quoted "$MYSQL_USER")@'%' IDENTIFIED BY $(quoted "$MYSQL_PASSWORD");"
      # In a grant, _ stands for any character.
      [ -z "$MYSQL_DATABASE" ] ||
        echo "GRANT ALL ON $(identifier "${MYSQL_DATABASE//_/\\_}").* TO $(quoted "$MYSQL_USER")@'%';"
    fi
    echo "FLUSH PRIVILEGES;"
  } | run_sql --database=mysql
  root_password_set=$MYSQL_ROOT_PASSWORD
}

run_init_files() {
  local file
  for file in /docker-entrypoint-initdb.d/*; do
    log "Running $file"
    # shellcheck disable=SC1090 # whatever the user put there
    case $file in
      *.sh) if [ -x "$file" ]; then "$file"; else . "$file"; fi ;;
      *.sql) run_sql ${MYSQL_DATABASE:+"--database=$MYSQL_DATABASE"} <"$file" ;;
      *.sql.gz) gunzip --stdout "$file" | run_sql ${MYSQL_DATABASE:+"--database=$MYSQL_DATABASE"} ;;
      *) log "Ignored: $file is neither .sh, .sql nor .sql.gz." ;;
    esac
  done
}

initialise() {
  log "Initialising the data directory $datadir"
  : >"$unfinished"
  "$@" --initialize-insecure --default-time-zone=SYSTEM --autocommit=1
  start_temporary_server "$@"
  if [ -z "$MYSQL_INITDB_SKIP_TZINFO" ]; then
    { echo "SET @@session.sql_log_bin = 0;"; mysql_tzinfo_to_sql /usr/share/zoneinfo; } 2>/dev/null | run_sql --database=mysql
  fi
  if [ -n "$MYSQL_RANDOM_ROOT_PASSWORD" ]; then
    MYSQL_ROOT_PASSWORD=$(head -c 24 /dev/urandom | base64)
    log "GENERATED ROOT PASSWORD: $MYSQL_ROOT_PASSWORD"
  fi
  create_users
  run_init_files
  [ -z "$MYSQL_ONETIME_PASSWORD" ] ||
    echo "ALTER USER 'root'@$(quoted "$MYSQL_ROOT_HOST") PASSWORD EXPIRE;" | run_sql
  stop_temporary_server
  rm -f "$unfinished"
  log "The data directory is ready."
}

prepare_data() {
  datadir=$(server_variable datadir "$@")
  [ -n "$datadir" ] || { "$@" --verbose --help >/dev/null || true; fail "mysqld refuses its options: see above."; }
  unfinished=$datadir/.initialisation-unfinished
  if [ -e "$unfinished" ]; then
    # No client has ever been served from here: networking starts only after the mark is gone.
    log "The last initialisation was cut short: starting over."
    find "$datadir" -mindepth 1 -maxdepth 1 ! -path "$unfinished" -exec rm -rf {} +
  fi
  [ ! -d "$datadir/mysql" ] || return 0
  read_settings
  check_settings
  initialise "$@"
}

# Makes the server's folders its own, then runs this script again without root's powers.
become_mysql() {
  local folder
  for folder in "$(server_variable datadir "$@")" "$(dirname "$socket")"; do
    mkdir -p "$folder"
    find "$folder" ! -user mysql -exec chown --no-dereference mysql:mysql {} +
  done
  exec setpriv --reuid=mysql --regid=mysql --clear-groups "$0" "$@"
}

if [ "${1:0:1}" = - ]; then set -- mysqld "$@"; fi
wants_help() { local option; for option; do case $option in -'?'|--help|--print-defaults|-V|--version) return 0 ;; esac; done; return 1; }

if [ "${1-}" = mysqld ] && ! wants_help "$@"; then
  [ "$(id -u)" != 0 ] || become_mysql "$@"
  prepare_data "$@"
fi

exec "$@"
