#!/usr/bin/env bash
# PostgreSQL servers of our own, each in a folder that is all there is of it:
#
#   FOLDER/data                  what `initdb` made
#   FOLDER/port                  where it listens on 127.0.0.1
#   FOLDER/passwords/SERVICE     one role and one schema a service; `postgres` is the superuser
#   FOLDER/server.log            what it says
#
# Sourced by `./dev`; other programs run `bash deploy/dev/postgres.sh FUNCTION ARGUMENT…`. The
# cluster that the Debian package brings along (port 5432) is neither used nor touched.

POSTGRES_BIN=/usr/lib/postgresql/15/bin
POSTGRES_DATABASE=bellwether
POSTGRES_READY_SECONDS_MAX=30
POSTGRES_STOP_SECONDS_MAX=30
POSTGRES_PORT_ATTEMPTS_MAX=50
POSTGRES_FILES="$(realpath -m "$(dirname "${BASH_SOURCE[0]}")/../postgres")"

# PostgreSQL refuses to run as root. Root becomes the package's user `postgres`, who owns the data
# but may not even walk to it when the checkout lies in a folder closed to others, such as root's
# own. So that one process keeps one of root's capabilities: to pass through folders that are not
# its. (It is then as able to read files as root itself: fit for a machine of one's own, and for
# containers, which lend root this capability by default but no user namespaces.)
POSTGRES_AS_OWNER=()
if [ "$(id -u)" -eq 0 ]; then
  POSTGRES_AS_OWNER=(setpriv --reuid=postgres --regid=postgres --clear-groups
    "--inh-caps=-all,+dac_override" "--ambient-caps=-all,+dac_override"
    "--bounding-set=-all,+dac_override")
fi

postgres_fail() {
  printf 'postgres: %s\n' "$*" >&2
  return 1
}

# Makes FOLDER with an empty server in it, unless it is there. With POSTGRES_SCRATCH set the new files
# are not forced to disk: for servers that do not outlive a test. Text is UTF-8 and ordered by its
# bytes, as in SQLite: with the order of a language, pages of a list would differ between stores.
postgres_init() { # folder
  local folder="$1" making="$1/data.new" options=()
  [ ! -d "$folder/data" ] || return 0
  mkdir -p "$folder/passwords"
  chmod 700 "$folder"
  rm -rf "$making" # of an attempt that was cut off
  mkdir -m 700 "$making"
  [ "$(id -u)" -ne 0 ] || chown postgres: "$making"
  postgres_new_password "$folder/passwords/postgres"
  [ -z "${POSTGRES_SCRATCH:-}" ] || options+=(--no-sync)
  "${POSTGRES_AS_OWNER[@]}" "$POSTGRES_BIN/initdb" --pgdata="$making" --username=postgres \
    --pwfile="$folder/passwords/postgres" --auth=scram-sha-256 --encoding=UTF8 --locale=C \
    "${options[@]}" >"$folder/initdb.log" 2>&1 || {
    cat "$folder/initdb.log" >&2
    return 1
  }
  mv "$making" "$folder/data"
}

postgres_new_password() { # file
  (umask 077 && od -An -N16 -tx1 /dev/urandom | tr -d ' \n' >"$1")
}

# Below the ports the system gives to clients, so that none takes it while the server is down.
postgres_choose_port() {
  local attempt port
  for ((attempt = 0; attempt < POSTGRES_PORT_ATTEMPTS_MAX; attempt++)); do
    port=$((20000 + SRANDOM % 12000))
    (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || {
      printf '%s\n' "$port"
      return 0
    }
  done
  postgres_fail "no free port found"
}

# Becomes the server. With the environment's POSTGRES_PARENT_DEATH_SIGNAL=INT it is signalled to stop
# when the process that runs this ends, however that ends.
postgres_serve() { # folder, port
  local prefix=("${POSTGRES_AS_OWNER[@]}")
  if [ -n "${POSTGRES_PARENT_DEATH_SIGNAL:-}" ]; then
    ((${#prefix[@]} > 0)) || prefix=(setpriv)
    prefix+=(--pdeathsig "$POSTGRES_PARENT_DEATH_SIGNAL")
  fi
  exec "${prefix[@]}" "$POSTGRES_BIN/postgres" -D "$1/data" -p "$2" \
    --config-file="$POSTGRES_FILES/postgresql.conf" \
    --data-directory="$1/data" --hba-file="$1/data/pg_hba.conf" \
    --ident-file="$1/data/pg_ident.conf" >>"$1/server.log" 2>&1 </dev/null
}

# Prints the pid of FOLDER's server. A recycled pid is not mistaken for it.
postgres_pid() { # folder
  local pid
  pid="$(head -n 1 "$1/data/postmaster.pid" 2>/dev/null)" || return 1
  [ "$(readlink "/proc/$pid/exe" 2>/dev/null)" = "$POSTGRES_BIN/postgres" ] || return 1
  [ "$(readlink "/proc/$pid/cwd" 2>/dev/null)" = "$(cd "$1/data" && pwd -P)" ] || return 1
  printf '%s\n' "$pid"
}

# Runs psql as the superuser.
postgres_psql() { # folder, database, argument…
  local folder="$1" database="$2"
  shift 2
  PGPASSWORD="$(cat "$folder/passwords/postgres")" PGOPTIONS="-c client_min_messages=warning" \
    psql -X -q -v ON_ERROR_STOP=1 -h 127.0.0.1 -p "$(cat "$folder/port")" -U postgres \
    -d "$database" "$@"
}

postgres_ready() { # folder
  "$POSTGRES_BIN/pg_isready" -q -h 127.0.0.1 -p "$(cat "$1/port")"
}

# Makes FOLDER if need be, starts its server in the background and waits until it answers. The port
# stays the same from one start to the next unless it has been taken meanwhile.
postgres_start() { # folder, [port]
  local folder="$1" port="${2:-}" pid deadline=$((SECONDS + POSTGRES_READY_SECONDS_MAX))
  postgres_init "$folder" || return 1
  if postgres_pid "$folder" >/dev/null && postgres_ready "$folder"; then
    return 0
  fi
  [ -n "$port" ] || port="$(cat "$folder/port" 2>/dev/null || true)"
  if [ -z "$port" ] || (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then
    if postgres_pid "$folder" >/dev/null; then
      port="$(cat "$folder/port")" # its own, and it does not answer yet
    elif [ -n "${2:-}" ]; then
      postgres_fail "port $2 is in use by something else"
      return 1
    else
      port="$(postgres_choose_port)" || return 1
    fi
  fi
  printf '%s\n' "$port" >"$folder/port"
  until postgres_ready "$folder"; do
    if ((SECONDS >= deadline)); then
      tail -n 20 "$folder/server.log" >&2
      postgres_fail "the server of $folder did not start; whole log: $folder/server.log"
      return 1
    fi
    # After a kill it refuses until the last process of its predecessor has gone: once more, then.
    if ! postgres_pid "$folder" >/dev/null &&
      { [ -z "${pid:-}" ] || ! kill -0 "$pid" 2>/dev/null; }; then
      # A session of its own, so that Ctrl-C in the terminal does not stop it before its clients.
      setsid bash "$POSTGRES_FILES/../dev/postgres.sh" postgres_serve "$folder" "$port" &
      pid=$!
    fi
    sleep 0.05
  done
  [ -z "${pid:-}" ] || disown "$pid" 2>/dev/null || true
  postgres_psql "$folder" postgres -At -c \
    "SELECT 1 FROM pg_database WHERE datname = '$POSTGRES_DATABASE'" | grep -q 1 ||
    postgres_psql "$folder" postgres -c "CREATE DATABASE $POSTGRES_DATABASE"
}

# Running, and not only waiting for its parent to look.
postgres_alive() { # pid
  local state
  state="$(sed -n 's/^State:[[:space:]]*//p' "/proc/$1/status" 2>/dev/null)"
  [ -n "$state" ] && [ "${state:0:1}" != Z ]
}

# Asks the server to stop: transactions under way are rolled back, everything committed is kept.
# It takes its pid file away before it ends: the process itself is waited for.
postgres_stop() { # folder
  local pid deadline=$((SECONDS + POSTGRES_STOP_SECONDS_MAX))
  pid="$(postgres_pid "$1")" || return 0
  kill -INT "$pid" 2>/dev/null || return 0
  while postgres_alive "$pid"; do
    if ((SECONDS >= deadline)); then
      postgres_fail "the server of $1 did not stop within $POSTGRES_STOP_SECONDS_MAX s"
      return 1
    fi
    sleep 0.05
  done
}

# One role and one schema, both named after the service, with a password of its own.
postgres_create_service() { # folder, service
  [ -s "$1/passwords/$2" ] || postgres_new_password "$1/passwords/$2"
  postgres_psql "$1" "$POSTGRES_DATABASE" -v "service=$2" -v "password_file=$1/passwords/$2" \
    -f "$POSTGRES_FILES/service.sql"
}

# What services take as their --store. The braces are for them to fill.
postgres_url() { # folder
  printf 'postgres://127.0.0.1:%s/%s?password-file=%s/passwords/{service}\n' \
    "$(cat "$1/port")" "$POSTGRES_DATABASE" "$1"
}

if [ "${BASH_SOURCE[0]}" = "$0" ]; then
  set -euo pipefail
  case "${1:-}" in
    postgres_init | postgres_serve | postgres_start | postgres_stop | postgres_pid | \
      postgres_psql | postgres_ready | postgres_create_service | postgres_url) "$@" ;;
    *)
      postgres_fail "usage: postgres.sh FUNCTION ARGUMENT…"
      exit 2
      ;;
  esac
fi
