# shellcheck shell=bash
# The full stack: Kafka, PostgreSQL, Redis, Prometheus and Alertmanager of this checkout, every
# service as its own process, two of health and of alerts.
#
# A stack is a folder, .bellwether/run/full/<data>, that outlives its processes:
#
#   ports                 one "name port" a line, the same from one start to the next
#   kafka/ postgres/ redis/ prometheus/ alertmanager/
#   services/NAME.yaml    configuration, NAME.log, NAME.pid
#
# Whatever does not run is started, so `up` also brings back what was killed.

FULL_DIR="$RUN_DIR/full"
FULL_CURRENT="$FULL_DIR/current" # of the stack started last: folder name, data
SERVICE_LIST="$ROOT/deploy/services.txt"

# The processes of each service, numbered; the gateway comes last, so that nothing enters before it
# can be dealt with.
full_listed() {
  local name count replica gateways=()
  while read -r name count; do
    for ((replica = 1; replica <= count; replica++)); do
      if [ "$name" = gateway ]; then gateways+=("$name-$replica"); else say "$name-$replica"; fi
    done
  done < <(grep '^[a-z]' "$SERVICE_LIST")
  printf '%s\n' "${gateways[@]}"
}

mapfile -t FULL_STORES < <(sed -n 's/^\([a-z][a-z]*\) .*/\1/p' "$SERVICE_LIST")
mapfile -t FULL_SERVICES < <(full_listed)
# Tests have stacks of other replicas.
[ -z "${BELLWETHER_FULL_SERVICES:-}" ] || read -ra FULL_SERVICES <<<"$BELLWETHER_FULL_SERVICES"
FULL_READY_SECONDS_MAX=300
FULL_STACK=""                    # the folder, for Ctrl-C
DEMO_RATE=4
DEMO_SECONDS=2000000000 # for as long as the stack runs

# Prints the port of a name in the stack's folder; the first time a free one is chosen.
full_port() { # folder, name
  local port
  port="$(sed -n "s/^$2 //p" "$1/ports" 2>/dev/null || true)"
  if [ -z "$port" ]; then
    port="$(free_port)"
    while grep -qs " $port\$" "$1/ports"; do port="$(free_port)"; done # another's, which is down
    printf '%s %s\n' "$2" "$port" >>"$1/ports"
  fi
  printf '%s' "$port"
}

full_kafka_url() { printf 'kafka://127.0.0.1:%s' "$(full_port "$1" kafka)"; }
full_redis_url() { printf 'redis://127.0.0.1:%s' "$(full_port "$1" redis)"; }

# "127.0.0.1:port,127.0.0.1:port" of a service's replicas.
full_replicas() { # folder, service
  local name list=""
  for name in "${FULL_SERVICES[@]}"; do
    [ "${name%-*}" != "$2" ] || list+="${list:+,}127.0.0.1:$(full_port "$1" "$name")"
  done
  printf '%s' "$list"
}

full_admin() { # folder, name
  printf '127.0.0.1:%s' "$(full_port "$1" "$2-admin")"
}

full_grpc() { # folder, name
  printf '127.0.0.1:%s' "$(full_port "$1" "$2")"
}

# Prints the configuration of a process.
full_configuration() { # folder, name, live at start
  cat <<YAML
listen: "$(full_grpc "$1" "$2")"
admin: "$(full_admin "$1" "$2")"
bus: "$(full_kafka_url "$1")"
store: "$(postgres_url "$1/postgres")"
YAML
  case "${2%-*}" in
    gateway)
      [ ! -f "$CONSOLE_OUT/index.html" ] || printf 'console: "%s"\n' "$CONSOLE_OUT"
      printf 'uploads: "%s"\n' "$1/uploads/$2"
      printf 'live-at-start: %s\nforward:\n' "$3"
      local service
      for service in "${FULL_STORES[@]}"; do
        [ "$service" != gateway ] || continue
        printf '  %s: "%s"\n' "$service" "$(full_replicas "$1" "$service")"
      done
      ;;
    health)
      printf 'cache: "%s"\n' "$(full_redis_url "$1")"
      [ ! -s "$1/model" ] || printf 'model: "%s"\n' "$(cat "$1/model")"
      ;;
    alerts) printf 'alertmanager: {url: "http://127.0.0.1:%s"}\n' "$(full_port "$1" alertmanager)" ;;
  esac
}

full_start_servers() { # folder
  local service
  server_of redis "$1/redis" >/dev/null || redis_start "$1/redis" "$(full_port "$1" redis)"
  server_of alertmanager "$1/alertmanager" >/dev/null ||
    alertmanager_start "$1/alertmanager" "$(full_port "$1" alertmanager)"
  # These two are noted by themselves, some time after they were started.
  uninterrupted postgres_start "$1/postgres" "$(full_port "$1" postgres)"
  for service in "${FULL_STORES[@]}"; do postgres_create_service "$1/postgres" "$service"; done
  kafka_pid "$1/kafka" >/dev/null ||
    uninterrupted kafka_start "$1/kafka" "$(full_port "$1" kafka)" "$(full_port "$1" kafka-controller)"
  redis_await_ready "$1/redis" "$(full_port "$1" redis)"
  alertmanager_await_ready "$1/alertmanager" "$(full_port "$1" alertmanager)"
}

full_start_service() { # folder, name, live at start
  local folder="$1/services" name="$2"
  server_of "$name" "$folder" >/dev/null && return 0
  mkdir -p "$folder"
  full_configuration "$1" "$name" "$3" >"$folder/$name.yaml"
  server_start "$name" "$folder" "$(full_port "$1" "$name")" \
    "$BUILD_DIR/bin/bellwether-${name%-*}" --config "$folder/$name.yaml"
}

full_start_services() { # folder, live at start
  local name
  for name in "${FULL_SERVICES[@]}"; do full_start_service "$1" "$name" "$2"; done
  for name in "${FULL_SERVICES[@]}"; do
    SERVER_READY_SECONDS_MAX=$FULL_READY_SECONDS_MAX \
      server_await "$name" "$1/services" is_ready "$(full_admin "$1" "$name")"
  done
}

full_start_prometheus() { # folder
  local name targets=()
  server_of prometheus "$1/prometheus" >/dev/null && return 0
  for name in "${FULL_SERVICES[@]}"; do targets+=("${name%-*}=$(full_admin "$1" "$name")"); done
  prometheus_start "$1/prometheus" "$(full_port "$1" prometheus)" "${targets[@]}"
  prometheus_await_ready "$1/prometheus" "$(full_port "$1" prometheus)"
}

full_ctl() { # folder, argument…
  local folder="$1"
  shift
  "$BUILD_DIR/bin/bellwetherctl" --server "$(full_grpc "$folder" gateway-1)" "$@"
}

# What a fresh journal begins with.
full_seed() { # folder, data
  local summary
  case "$2" in
    none) ;;
    demo) full_start_demo "$1" ;;
    *)
      [ ! -f "$1/imported" ] || {
        say "import      nothing: this folder was imported before"
        return 0
      }
      # With a summary it has been done, though rows that could not be read may be left out.
      # Nothing was made before of what an earlier stack's imports are remembered for.
      summary="$(full_ctl "$1" import "" "$2" --backfill --shift-to-now --new-identity)" ||
        [ -n "$summary" ] ||
        die "nothing was imported; ./dev up --stack full tries again"
      say "$summary"
      touch "$1/imported"
      ;;
  esac
}

# Returns once the past is there.
full_start_demo() { # folder
  server_of demo "$1/services" >/dev/null && return 0
  : >"$1/services/demo.log"
  server_start demo "$1/services" 0 "$BUILD_DIR/bin/bellwetherctl" \
    --server "$(full_grpc "$1" gateway-1)" demo --rate "$DEMO_RATE" --for "$DEMO_SECONDS"
  SERVER_READY_SECONDS_MAX=$FULL_READY_SECONDS_MAX \
    server_await demo "$1/services" grep -q '^opportunities' "$1/services/demo.log"
}

# The folder of the stack that was started last.
full_current() {
  local name
  read -r name 2>/dev/null <"$FULL_CURRENT" || return 1
  printf '%s' "$FULL_DIR/$name"
}

# A port given by the command line instead of one chosen.
full_fix_port() { # folder, name, port
  [ ! -f "$1/ports" ] || sed -i "/^$2 /d" "$1/ports"
  printf '%s %s\n' "$2" "$3" >>"$1/ports"
}

full_up() { # data, folder name, http, grpc, detach
  local folder="$FULL_DIR/$2" live=true current
  [ "$1" = none ] || live=false
  if current="$(full_current)" && [ "$current" != "$folder" ] && full_is_running "$current"; then
    die "the stack of other data is running: ${current#"$ROOT"/} (./dev down)"
  fi
  [[ "${3%:*}" == 127.0.0.1 && "${4%:*}" == 127.0.0.1 ]] ||
    usage_error "--stack full listens on 127.0.0.1 only"
  if ! server_of gateway-1 "$folder/services" >/dev/null; then
    require_free_port "$3" --http
    require_free_port "$4" --grpc
  elif [[ "$3 $4" != "$(full_admin "$folder" gateway-1) $(full_grpc "$folder" gateway-1)" ]]; then
    die "the gateway runs on --http $(full_admin "$folder" gateway-1)" \
      "--grpc $(full_grpc "$folder" gateway-1); ./dev down stops it"
  fi
  configure
  compile bellwetherctl "${FULL_STORES[@]/#/bellwether-}"
  build_console

  mkdir -p "$folder/services"
  chosen_model "$folder" >/dev/null
  printf '%s\n%s\n' "$2" "$1" >"$FULL_CURRENT"
  full_fix_port "$folder" gateway-1-admin "${3##*:}"
  full_fix_port "$folder" gateway-1 "${4##*:}"
  FULL_STACK="$folder"
  # shellcheck disable=SC2034 # steps.sh reads it
  ON_INTERRUPT=full_interrupted
  trap on_interrupt INT TERM
  step servers full_start_servers "$folder"
  step services full_start_services "$folder" "$live"
  step prometheus full_start_prometheus "$folder"
  full_seed "$folder" "$1"
  full_print_next "$folder"
  if [ -n "$5" ]; then
    # shellcheck disable=SC2034
    ON_INTERRUPT=""
    trap - INT TERM
    return 0
  fi
  say ""
  say "Ctrl-C stops it."
  full_watch "$folder"
}

full_interrupted() {
  say ""
  full_stop "$FULL_STACK" || true
}

full_print_next() { # folder
  local ctl="build/bin/bellwetherctl" grpc http
  grpc="$(full_grpc "$1" gateway-1)"
  http="$(full_admin "$1" gateway-1)"
  [ "$grpc" = 127.0.0.1:9090 ] || ctl="$ctl --server $grpc"
  cat <<TEXT

Bellwether's full stack is up: gRPC on $grpc, HTTP on http://$http.
Prometheus is on http://127.0.0.1:$(full_port "$1" prometheus), Alertmanager on http://127.0.0.1:$(full_port "$1" alertmanager),
Kafka on 127.0.0.1:$(full_port "$1" kafka), Redis on 127.0.0.1:$(full_port "$1" redis), PostgreSQL on 127.0.0.1:$(full_port "$1" postgres).
Every process has its own configuration and log in ${1#"$ROOT"/}/services. Next:

  ./dev status                  # every process; ./dev up --stack full starts again what is missing
  $ctl health rank              # who is worst off
  $ctl health explain ACCOUNT   # why, to the point
  $ctl alerts watch             # alerts as they come
TEXT
}

# Says once of each process that has ended that it has; for ever.
full_watch() { # folder
  local kind name folder missing=""
  while true; do
    while read -r kind name folder; do
      if full_pid "$name" "$folder" >/dev/null; then
        missing="${missing//" $name "/}"
      elif [[ "$kind" != client && "$missing" != *" $name "* ]]; then
        missing+=" $name "
        say "$name is not running; ./dev up --stack full starts it again (logs: ${folder#"$ROOT"/})"
      fi
    done < <(full_processes "$1")
    sleep 1
  done
}

# Every process of a stack, in the order in which it is started.
full_processes() { # folder: prints "kind name folder" lines
  local name
  printf 'server kafka %s\nserver postgres %s\nserver redis %s\nserver alertmanager %s\n' \
    "$1/kafka" "$1/postgres" "$1/redis" "$1/alertmanager"
  for name in "${FULL_SERVICES[@]}"; do printf 'service %s %s\n' "$name" "$1/services"; done
  printf 'server prometheus %s\nclient demo %s\n' "$1/prometheus" "$1/services"
}

# Prints the pid of one of them if it runs.
full_pid() { # name, folder
  case "$1" in
    kafka) kafka_pid "$2" ;;
    postgres) postgres_pid "$2" ;;
    *) server_of "$1" "$2" ;;
  esac
}

full_is_running() { # folder
  local kind name folder
  while read -r kind name folder; do
    if full_pid "$name" "$folder" >/dev/null; then return 0; fi
  done < <(full_processes "$1")
  return 1
}

# In reverse, so that each still finds what it needs while it ends. Fails when nothing was running,
# or something still is.
full_stop() { # folder
  local kind name folder begin stopped="" left=""
  while read -r kind name folder; do
    full_pid "$name" "$folder" >/dev/null || continue
    begin="$(now_ms)"
    case "$name" in
      kafka) kafka_stop "$folder" ;;
      postgres) postgres_stop "$folder" ;;
      *) SERVER_STOP_SECONDS_MAX="$STOP_SECONDS_MAX" server_stop "$name" "$folder" ;;
    esac || true
    if full_pid "$name" "$folder" >/dev/null; then
      say "stop        $name still runs: pid $(full_pid "$name" "$folder")"
      left=1
      continue
    fi
    step_done stop "$begin" "$name"
    stopped=1
  done < <(full_processes "$1" | tac)
  [ -n "$stopped" ] && [ -z "$left" ]
}

# 0 when all is ready, 3 when not.
full_status() { # folder
  local kind name folder pid state status=0
  while read -r kind name folder; do
    state=running
    if ! pid="$(full_pid "$name" "$folder")"; then
      [ "$kind" != client ] || continue
      state="NOT RUNNING"
      pid=-
    elif [ "$kind" = service ] && ! is_ready "$(full_admin "$1" "$name")"; then
      state="not ready"
    elif [ "$kind" = service ]; then
      state=ready
    fi
    [[ "$state" == running || "$state" == ready ]] || status=3
    printf '%-16s %-12s pid %-8s' "$name" "$state" "$pid"
    case "$kind" in
      service) printf 'gRPC %s, HTTP %s' "$(full_grpc "$1" "$name")" "$(full_admin "$1" "$name")" ;;
      server) printf '127.0.0.1:%s' "$(full_port "$1" "$name")" ;;
    esac
    printf '\n'
  done < <(full_processes "$1")
  return "$status"
}
