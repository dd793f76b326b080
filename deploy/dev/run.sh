# shellcheck shell=bash
# up, down, status: one bellwether process per checkout, or one full stack (full.sh).

RUN_DIR="$STATE_DIR/run"
PID_FILE="$RUN_DIR/bellwether.pid"
ADDRESS_FILE="$RUN_DIR/addresses"
SERVER_LOG="$RUN_DIR/logs/bellwether.log"
SERVER="$BUILD_DIR/bin/bellwether"
READY_SECONDS_MAX=600 # a demo or an import is built before
STOP_SECONDS_MAX="${BELLWETHER_STOP_SECONDS_MAX:-30}"

# Prints the pid of the running server. A recycled pid is not mistaken for it.
server_pid() {
  local pid exe
  pid="$(cat "$PID_FILE" 2>/dev/null)" || return 1
  exe="$(readlink "/proc/$pid/exe" 2>/dev/null)" || return 1
  [ "${exe% (deleted)}" = "$SERVER" ] || return 1
  printf '%s' "$pid"
}

is_ready() { # http address
  curl --silent --fail --max-time 2 --output /dev/null "http://$1/readyz"
}

require_free_port() { # address, flag
  local host="${1%:*}" port="${1##*:}"
  [[ "$port" =~ ^[0-9]+$ && "$host" != "$1" ]] || usage_error "$2 wants HOST:PORT, not '$1'"
  [ "$port" -eq 0 ] && usage_error "$2 wants a port of its own, not 0"
  if (exec 3<>"/dev/tcp/$host/$port") 2>/dev/null; then
    die "port $port on $host is in use by something else; choose another with $2 $host:PORT"
  fi
}

wait_until_ready() { # pid, http address
  local begin deadline=$((SECONDS + READY_SECONDS_MAX)) beat=$((SECONDS + HEARTBEAT_SECONDS))
  begin="$(now_ms)"
  until is_ready "$2"; do
    if ! kill -0 "$1" 2>/dev/null; then
      tail -n "$FAILURE_LOG_LINES" "$SERVER_LOG" >&2
      die "bellwether ended before it was ready; whole log: ${SERVER_LOG#"$ROOT"/}"
    fi
    if ((SECONDS >= deadline)); then
      tail -n "$FAILURE_LOG_LINES" "$SERVER_LOG" >&2
      stop_server
      die "bellwether was not ready within $READY_SECONDS_MAX s; whole log: ${SERVER_LOG#"$ROOT"/}"
    fi
    if ((SECONDS >= beat)); then
      printf '%-11s … %s  %s\n' start "$(elapsed "$begin")" "$(tail -n 1 "$SERVER_LOG" | cut -c1-120)"
      beat=$((SECONDS + HEARTBEAT_SECONDS))
    fi
    sleep 0.1
  done
  step_done ready "$begin" "pid $1"
}

# SIGTERM, a bounded wait, then SIGKILL and a word about it.
stop_server() {
  local pid begin deadline=$((SECONDS + STOP_SECONDS_MAX))
  pid="$(server_pid)" || {
    rm -f "$PID_FILE" "$ADDRESS_FILE"
    return 1
  }
  begin="$(now_ms)"
  kill -TERM "$pid"
  while server_pid >/dev/null; do
    if ((SECONDS >= deadline)); then
      say "stop        not gone $STOP_SECONDS_MAX s after SIGTERM: SIGKILL (nothing accepted is lost)"
      kill -KILL "$pid"
      deadline=$((SECONDS + STOP_SECONDS_MAX))
    fi
    sleep 0.05
  done
  rm -f "$PID_FILE" "$ADDRESS_FILE"
  step_done stop "$begin"
}

# What the log says came of --data DIR.
show_import() {
  sed -n -E \
    -e 's/.*"message":"imported","mapping":"([^"]*)","shifted_days":(-?[0-9]+),"accounts":([0-9]+),"opportunities":([0-9]+),"facts":([0-9]+).*/import      by mapping \1: \3 accounts, \4 opportunities, \5 facts, shifted by \2 days/p' \
    -e 's/.*"message":"the import is not complete","status":"[A-Z_]+: ([^["]*[^[" ]).*/import      NOT complete: \1; bellwetherctl import --check names each/p' \
    -e 's/.*"message":"the journal is live: nothing is imported".*/import      nothing: this folder was imported before/p' \
    "$SERVER_LOG"
}

print_next() { # http, grpc
  local ctl="build/bin/bellwetherctl"
  [ "$2" = 127.0.0.1:9090 ] || ctl="$ctl --server $2"
  cat <<TEXT

Bellwether is up: http://$1 in a browser, gRPC on $2 (logs: ${SERVER_LOG#"$ROOT"/}). Next:

  $ctl health rank              # who is worst off
  $ctl health explain ACCOUNT   # why, to the point
  $ctl alerts watch             # alerts as they come
TEXT
}

# Reads the options of `up` into the caller's stack, data, model, detach, http and grpc.
read_up_options() { # command, option…
  local command="$1"
  shift
  while [ $# -gt 0 ]; do
    case "$1" in
      --detach) detach=1 ;;
      --stack | --data | --model | --http | --grpc)
        [ $# -ge 2 ] || usage_error "$1 needs a value"
        case "$1" in
          --stack) stack="$2" ;;
          --data) data="$2" ;;
          --model) model="$2" ;;
          --http) http="$2" ;;
          --grpc) grpc="$2" ;;
        esac
        shift
        ;;
      *) usage_error "$command does not know '$1'" ;;
    esac
    shift
  done
  [[ "$stack" == embedded || "$stack" == full ]] ||
    usage_error "--stack is embedded or full, not '$stack'"
  [[ -z "$data" || "$data" == none || "$data" == demo || -d "$data" ]] ||
    usage_error "--data is demo, none or a directory; there is no '$data'"
}

dev_up() {
  # shellcheck disable=SC2034 # read_up_options sets them
  local stack=embedded data="" model="" detach="" http="" grpc=""
  read_up_options up "$@"
  begin_stack
}

# The health model that was chosen for what a folder holds, now or at an earlier start.
chosen_model() { # folder
  # shellcheck disable=SC2154 # the caller's
  if [ -f "$model" ]; then
    realpath "$model" >"$1/model"
  elif [ -n "$model" ]; then
    printf '%s\n' "$model" >"$1/model"
  fi
  cat "$1/model" 2>/dev/null || true
}

# Starts the caller's stack, with its data, model, detach, http and grpc.
begin_stack() {
  local pid current
  # What of a stack is missing comes back as it was.
  if [ "$stack" = full ] && current="$(full_current)" && full_is_running "$current"; then
    [ -n "$data" ] || data="$(sed -n 2p "$FULL_CURRENT")"
    : "${http:=$(full_admin "$current" gateway-1)}" "${grpc:=$(full_grpc "$current" gateway-1)}"
  fi
  : "${data:=demo}" "${http:=127.0.0.1:8080}" "${grpc:=127.0.0.1:9090}"
  # Each choice of data keeps its own folder: a demo never mixes with real accounts, nor do two
  # directories of the same name.
  local name="$data"
  if [[ "$data" != none && "$data" != demo ]]; then
    data="$(cd "$data" && pwd -P)"
    name="${data##*/}-$(printf '%s' "$data" | cksum | cut -d ' ' -f 1)"
  fi

  ensure_packages build
  if pid="$(server_pid)"; then
    die "already running, pid $pid (./dev status, ./dev down)"
  fi
  if [ "$stack" = full ]; then
    ensure_unpacked
    kafka_install
    full_up "$data" "$name" "$http" "$grpc" "$detach"
  else
    embedded_up "$data" "$name" "$http" "$grpc" "$detach"
  fi
}

embedded_up() { # data, folder name, http, grpc, detach
  local data="$1" folder="$RUN_DIR/data/$2" http="$3" grpc="$4" detach="$5" options=() pid stack chosen
  case "$data" in
    none) ;;
    demo) options+=(--demo) ;;
    *) options+=(--import "$data") ;;
  esac
  if stack="$(full_current)" && full_is_running "$stack"; then
    die "a full stack is running (./dev status, ./dev down)"
  fi
  require_free_port "$http" --http
  require_free_port "$grpc" --grpc
  configure
  compile bellwether bellwetherctl
  build_console
  [ ! -f "$CONSOLE_OUT/index.html" ] || options+=(--gateway-console "$CONSOLE_OUT")

  mkdir -p "${SERVER_LOG%/*}" "$folder"
  chosen="$(chosen_model "$folder")"
  [ -z "$chosen" ] || options+=(--health-model "$chosen")
  # A session of its own, so that Ctrl-C in the terminal reaches only this script.
  setsid "$SERVER" --data "$folder" --http "$http" --grpc "$grpc" "${options[@]}" \
    >"$SERVER_LOG" 2>&1 </dev/null &
  pid=$!
  printf '%s\n' "$pid" >"$PID_FILE"
  printf '%s %s\n' "$http" "$grpc" >"$ADDRESS_FILE"
  trap 'say ""; stop_server || true; exit 130' INT TERM
  wait_until_ready "$pid" "$http"
  [[ "$data" == none || "$data" == demo ]] || show_import
  print_next "$http" "$grpc"
  if [ -n "$detach" ]; then
    trap - INT TERM
    disown "$pid"
    return 0
  fi
  say ""
  say "Ctrl-C stops it."
  local status=0
  wait "$pid" || status=$?
  rm -f "$PID_FILE" "$ADDRESS_FILE"
  tail -n "$FAILURE_LOG_LINES" "$SERVER_LOG" >&2
  die "bellwether ended by itself, exit $status"
}

dev_down() {
  [ $# -eq 0 ] || usage_error "down takes nothing"
  local stack stopped=""
  if stack="$(full_current)" && full_is_running "$stack"; then
    full_stop "$stack" || exit 1
    stopped=1
  fi
  if stop_server; then stopped=1; fi
  [ -n "$stopped" ] || say "stop        nothing was running"
}

# Exits 0 when ready, 1 when not running, 3 when running but not ready.
dev_status() {
  [ $# -eq 0 ] || usage_error "status takes nothing"
  local pid http grpc stack
  if stack="$(full_current)" && full_is_running "$stack"; then
    full_status "$stack" || exit 3
    return 0
  fi
  pid="$(server_pid)" || {
    say "not running"
    exit 1
  }
  read -r http grpc <"$ADDRESS_FILE"
  if is_ready "$http"; then
    say "ready, pid $pid, HTTP $http, gRPC $grpc"
  else
    say "running but not ready, pid $pid, HTTP $http, gRPC $grpc; log: ${SERVER_LOG#"$ROOT"/}"
    exit 3
  fi
}
