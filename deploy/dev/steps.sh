# shellcheck shell=bash
# Steps: one line each with the time it took, the output kept in a log and shown when it fails.

STATE_DIR="$ROOT/.bellwether"
LOG_DIR="$STATE_DIR/log"
HEARTBEAT_SECONDS=10   # a step that runs longer says so this often
FAILURE_LOG_LINES=40   # of a failed step's log

PORT_LEAST=20000 # below those the system gives out by itself
PORT_MOST=29999

# Prints a port that nothing listens on now.
free_port() {
  local port
  while true; do
    port=$((PORT_LEAST + SRANDOM % (PORT_MOST - PORT_LEAST + 1)))
    (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || break
  done
  printf '%s' "$port"
}

die() {
  printf 'dev: %s\n' "$*" >&2
  exit 1
}

usage_error() {
  printf 'dev: %s (see ./dev help)\n' "$*" >&2
  exit 2
}

say() { printf '%s\n' "$*"; }

# Milliseconds since the epoch, without a process.
now_ms() {
  local us="${EPOCHREALTIME//[.,]/}"
  printf '%s' "$((us / 1000))"
}

elapsed() { # since_ms
  local ms=$(($(now_ms) - $1))
  printf '%d.%d s' "$((ms / 1000))" "$((ms % 1000 / 100))"
}

step_done() { # name, since_ms, [note]
  printf '%-11s %s%s\n' "$1" "$(elapsed "$2")" "${3:+  $3}"
}

# What Ctrl-C is to do besides ending us: the name of a function.
ON_INTERRUPT=""

on_interrupt() {
  trap - INT TERM
  [ -z "$ON_INTERRUPT" ] || "$ON_INTERRUPT"
  exit 130
}

# Runs a command that an interruption waits for: who stops everything finds noted what it started.
uninterrupted() { # command…
  local before interrupted="" status=0
  before="$(trap -p INT TERM)"
  trap 'interrupted=1' INT TERM
  "$@" || status=$?
  trap - INT TERM
  eval "$before"
  [ -z "$interrupted" ] || kill -TERM "$BASHPID"
  return "$status"
}

# step NAME COMMAND…: runs it quietly. Returns the command's status after showing the log's end.
step() {
  local name="$1" begin child status=0 log beat
  shift
  log="$LOG_DIR/$name.log"
  mkdir -p "$LOG_DIR"
  begin="$(now_ms)"
  "$@" >"$log" 2>&1 </dev/null &
  child=$!
  # A background child of a script ignores Ctrl-C; we signal it.
  trap 'kill "$child" 2>/dev/null || true; wait "$child" || true; on_interrupt' INT TERM
  beat=$((SECONDS + HEARTBEAT_SECONDS))
  while kill -0 "$child" 2>/dev/null; do
    if ((SECONDS >= beat)); then
      printf '%-11s … %s  %s\n' "$name" "$(elapsed "$begin")" "$(tail -n 1 "$log" | cut -c1-90)"
      beat=$((SECONDS + HEARTBEAT_SECONDS))
    fi
    sleep 0.05
  done
  wait "$child" || status=$?
  if [ -n "$ON_INTERRUPT" ]; then trap on_interrupt INT TERM; else trap - INT TERM; fi
  if ((status != 0)); then
    tail -n "$FAILURE_LOG_LINES" "$log" >&2
    step_done "$name" "$begin" "FAILED, exit $status; whole log: ${log#"$ROOT"/}" >&2
    return "$status"
  fi
  step_done "$name" "$begin"
}
