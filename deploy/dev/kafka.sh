# shellcheck shell=bash
# The Kafka broker of tests and of the full stack: fetched once, started in a second or two.
#
# A broker lives in a folder of its own: server.properties, log/ with its data, broker.log,
# broker.pid; and, if somebody put it there, extra.properties, which is appended to its settings.

KAFKA_DIR="$STATE_DIR/kafka"
KAFKA_READY_SECONDS_MAX=120 # a loaded machine takes long, and nobody waits in vain
KAFKA_STOP_SECONDS_MAX=30
KAFKA_FETCH_ATTEMPTS_MAX=3
KAFKA_READY_LINE='Kafka Server started'

kafka_class_path() { printf '%s:' "$KAFKA_DIR"/lib/*.jar; }

kafka_require() {
  [ -d "$KAFKA_DIR/lib" ] || die "there is no Kafka here yet: deploy/kafka/broker install"
}

# What an installation was made from: another broker or another Java is another archive.
kafka_identity() {
  cat deploy/kafka/pom.xml
  java -version 2>&1
}

kafka_fetch() {
  local attempt
  rm -rf "$KAFKA_DIR"
  mkdir -p "$KAFKA_DIR"
  for ((attempt = 1; attempt <= KAFKA_FETCH_ATTEMPTS_MAX; attempt++)); do
    if mvn -q -B -f deploy/kafka/pom.xml dependency:copy-dependencies -DincludeScope=runtime \
      -DoutputDirectory="$KAFKA_DIR/lib"; then
      return 0
    fi
    printf 'maven failed (attempt %d of %d)\n' "$attempt" "$KAFKA_FETCH_ATTEMPTS_MAX"
  done
  return 1
}

# Most of a start is the loading of classes: they are archived once, as one start needs them.
kafka_archive_classes() {
  local scratch="$KAFKA_DIR/scratch" pid
  rm -rf "$scratch"
  KAFKA_JAVA_OPTIONS="-XX:ArchiveClassesAtExit=$KAFKA_DIR/classes.jsa" \
    kafka_run "$scratch" 0 "$(free_port)" &
  pid=$!
  kafka_await "$scratch" "$pid" && kill -TERM "$pid" && { wait "$pid" || true; }
  rm -rf "$scratch"
  [ -s "$KAFKA_DIR/classes.jsa" ]
}

# Idempotent; says what it does when it does something.
kafka_install() {
  ensure_packages kafka
  if [ "$(kafka_identity)" = "$(cat "$KAFKA_DIR/installed" 2>/dev/null)" ]; then return 0; fi
  step kafka-jars kafka_fetch
  step kafka-classes kafka_archive_classes
  kafka_identity >"$KAFKA_DIR/installed"
}

# 16 random bytes, as Kafka writes them. Never with a "-", which in front would look like an option.
kafka_new_cluster_id() {
  head -c 16 /dev/urandom | base64 | tr '+/' '__' | tr -d '='
}

# Running, and not only waiting for its parent to look.
kafka_alive() { # pid
  local state
  state="$(sed -n 's/^State:[[:space:]]*//p' "/proc/$1/status" 2>/dev/null)"
  [ -n "$state" ] && [ "${state:0:1}" != Z ]
}

# Becomes the broker: does not return. Formats an empty folder first.
kafka_run() { # folder, port, controller port
  # Compiled once and quickly: the second compiler would take a third of a core for minutes, from
  # everything else that runs here, for a broker that lives about as long.
  local class_path java=(java -Xms384m -Xmx384m -XX:+UseSerialGC -XX:TieredStopAtLevel=1
    -XX:+ExitOnOutOfMemoryError)
  kafka_require
  class_path="$(kafka_class_path)"
  mkdir -p "$1"
  rm -f "$1/broker.pid"
  sed -e "s|@DATA@|$1|g" -e "s|@PORT@|$2|g" -e "s|@CONTROLLER_PORT@|$3|g" \
    deploy/kafka/server.properties >"$1/server.properties"
  [ ! -f "$1/extra.properties" ] || cat "$1/extra.properties" >>"$1/server.properties"
  # The archive is used where it fits and is there; the start is only slower where not.
  [ ! -f "$KAFKA_DIR/classes.jsa" ] || java+=("-XX:SharedArchiveFile=$KAFKA_DIR/classes.jsa")
  java+=(-Xshare:auto -Xlog:disable -Xlog:all=error:stdout "-Dkafka.logs.dir=$1"
    "-Dlog4j.configuration=file:$PWD/deploy/kafka/log4j.properties" -cp "$class_path")
  if [ ! -f "$1/log/meta.properties" ]; then
    "${java[@]}" kafka.tools.StorageTool format -t "$(kafka_new_cluster_id)" \
      -c "$1/server.properties" >"$1/format.log" 2>&1 || {
      cat "$1/format.log" >&2
      return 1
    }
  fi
  : >"$1/broker.log"
  printf '%s' "$BASHPID" >"$1/broker.pid"
  # shellcheck disable=SC2086 # options are words
  exec "${java[@]:0:1}" ${KAFKA_JAVA_OPTIONS:-} "${java[@]:1}" kafka.Kafka \
    "$1/server.properties" >>"$1/broker.log" 2>&1 </dev/null
}

# Returns once the broker of that folder serves; fails when its process ends or takes too long.
kafka_await() { # folder, pid
  local deadline=$((SECONDS + KAFKA_READY_SECONDS_MAX))
  # What an earlier process has logged says nothing about this one.
  until [ "$(cat "$1/broker.pid" 2>/dev/null)" = "$2" ] &&
    grep -qsF "$KAFKA_READY_LINE" "$1/broker.log"; do
    if ! kafka_alive "$2"; then
      tail -n "$FAILURE_LOG_LINES" "$1/broker.log" 2>/dev/null >&2 || true
      printf 'the broker ended before it was ready\n' >&2
      return 1
    fi
    if ((SECONDS >= deadline)); then
      tail -n "$FAILURE_LOG_LINES" "$1/broker.log" >&2 || true
      printf 'the broker was not ready within %d s\n' "$KAFKA_READY_SECONDS_MAX" >&2
      return 1
    fi
    sleep 0.05
  done
}

# Prints the pid of the broker of that folder. A recycled pid is not mistaken for it.
kafka_pid() { # folder
  local pid
  pid="$(cat "$1/broker.pid" 2>/dev/null)" || return 1
  tr '\0' ' ' <"/proc/$pid/cmdline" 2>/dev/null | grep -qF " $1/server.properties" || return 1
  printf '%s' "$pid"
}

# In the background, in a session of its own; returns once it serves.
kafka_start() { # folder, port, controller port
  local pid
  if pid="$(kafka_pid "$1")"; then die "a broker already runs on $1, pid $pid"; fi
  setsid deploy/kafka/broker run "$@" </dev/null >/dev/null 2>&1 &
  pid=$!
  disown "$pid"
  kafka_await "$1" "$pid" || {
    kill -KILL "$pid" 2>/dev/null || true
    return 1
  }
}

# SIGTERM, a bounded wait, then SIGKILL: what it has acknowledged is in its files either way. While a
# process ends its command line is gone, by which it is known: the process itself is waited for.
kafka_stop() { # folder
  local deadline=$((SECONDS + KAFKA_STOP_SECONDS_MAX)) pid
  pid="$(kafka_pid "$1")" || return 0
  kill -TERM "$pid"
  while kafka_alive "$pid"; do
    ((SECONDS < deadline)) || kill -KILL "$pid" 2>/dev/null || true
    sleep 0.05
  done
  rm -f "$1/broker.pid"
}

# What Kafka's distributions call kafka-consumer-groups.
kafka_groups() { # its arguments
  kafka_require
  java -Xshare:auto "-Dlog4j.configuration=file:$PWD/deploy/kafka/tools-log4j.properties" \
    -cp "$(kafka_class_path)" org.apache.kafka.tools.consumer.group.ConsumerGroupCommand "$@"
}
