# shellcheck shell=bash
# Servers of a checkout beside bellwether itself: each runs in a folder of its own, writes NAME.log
# there and is known by NAME.pid. Instances that the machine runs by itself are others and are left
# alone.

SERVER_READY_SECONDS_MAX=60 # a loaded machine takes long
SERVER_STOP_SECONDS_MAX=15

# When a process began, in ticks since boot: distinguishes it from a later one with the same pid.
process_began() { # pid
  local stat
  stat="$(cat "/proc/$1/stat" 2>/dev/null)" || return 1
  stat="${stat##*) }" # the name may hold spaces
  # shellcheck disable=SC2086 # fields are words
  set -- $stat
  [ "$1" != Z ] || return 1 # has ended, and nobody has asked how
  printf '%s' "${20}"
}

# Prints the pid of the server of that folder if it runs.
server_of() { # name, folder
  local pid began
  read -r pid began 2>/dev/null <"$2/$1.pid" || return 1
  # One that had ended before it was noted has no beginning.
  [ -n "$began" ] && [ "$(process_began "$pid")" = "$began" ] || return 1
  printf '%s' "$pid"
}

# Starts a command as the server of a folder, in a session of its own.
server_start() { # name, folder, port, command…
  local name="$1" folder="$2" port="$3" pid
  shift 3
  if pid="$(server_of "$name" "$folder")"; then
    die "$name already runs in $folder, pid $pid"
  fi
  if (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then
    die "port $port is in use by something else: $name was not started"
  fi
  mkdir -p "$folder"
  uninterrupted server_launch "$name" "$folder" "$@"
}

server_launch() { # name, folder, command…
  local name="$1" folder="$2" pid
  shift 2
  setsid "$@" >>"$folder/$name.log" 2>&1 </dev/null &
  pid=$!
  printf '%s %s\n' "$pid" "$(process_began "$pid")" >"$folder/$name.pid"
  disown "$pid"
}

# Returns once the probe succeeds.
server_await() { # name, folder, probe…
  local name="$1" folder="$2" deadline=$((SECONDS + SERVER_READY_SECONDS_MAX))
  shift 2
  until "$@" >/dev/null 2>&1; do
    if ! server_of "$name" "$folder" >/dev/null || ((SECONDS >= deadline)); then
      tail -n "$FAILURE_LOG_LINES" "$folder/$name.log" >&2
      die "$name did not become ready; whole log: $folder/$name.log"
    fi
    sleep 0.05
  done
}

# SIGTERM, a bounded wait, then SIGKILL and a word about it. Fails when nothing was running.
server_stop() { # name, folder
  local pid deadline=$((SECONDS + SERVER_STOP_SECONDS_MAX))
  if ! pid="$(server_of "$1" "$2")"; then
    rm -f "$2/$1.pid"
    return 1
  fi
  kill -TERM "$pid"
  while server_of "$1" "$2" >/dev/null; do
    if ((SECONDS >= deadline)); then
      say "stop        $1 not gone $SERVER_STOP_SECONDS_MAX s after SIGTERM: SIGKILL"
      kill -KILL "$pid"
      deadline=$((SECONDS + SERVER_STOP_SECONDS_MAX))
    fi
    sleep 0.05
  done
  rm -f "$2/$1.pid"
}

# A Debian package of a server starts it once it is installed, on a port that we may use ourselves
# (Prometheus: 9090). Those are unpacked instead, which takes no root and disturbs nothing.
UNPACKED_DIR="$STATE_DIR/unpacked"

unpack_package() { # package
  local scratch="$UNPACKED_DIR/scratch"
  rm -rf "$scratch"
  mkdir -p "$scratch"
  (cd "$scratch" && apt-get -q download "$1") ||
    (apt_get update && cd "$scratch" && apt-get -q download "$1") || return 1
  dpkg-deb -x "$scratch"/*.deb "$UNPACKED_DIR"
  rm -rf "$scratch"
}

# The packages of section `unpack` in deploy/packages.txt that are not there yet.
ensure_unpacked() {
  local section package command
  while read -r section package command; do
    if [ "$section" = unpack ] && [ -z "$(server_program "$command")" ]; then
      step "$package" unpack_package "$package"
    fi
  done < <(grep -v -e '^#' -e '^$' "$PACKAGE_LIST")
}

# Prints where a server's program is: the machine's own, or the unpacked one.
server_program() { # command
  command -v "$1" || command -v "$UNPACKED_DIR/usr/bin/$1" || true
}
