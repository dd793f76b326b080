# shellcheck shell=bash
# A Prometheus of this checkout, on loopback, that scrapes the targets it is given. It has no rules:
# alerts come from bellwether itself.
#
#   prometheus_start FOLDER PORT health=127.0.0.1:8081 alerts=127.0.0.1:8082 …

PROMETHEUS_SCRAPE_INTERVAL=5s
PROMETHEUS_RETENTION=2d

prometheus_install() { ensure_unpacked; }

# Prints the configuration. Two targets of one service are two replicas of it.
prometheus_configuration() { # service=address…
  local target
  cat <<YAML
global:
  scrape_interval: $PROMETHEUS_SCRAPE_INTERVAL
scrape_configs:
  - job_name: bellwether
    static_configs:
YAML
  for target in "$@"; do
    [[ "$target" == ?*=?*:?* ]] || die "prometheus: a target is SERVICE=HOST:PORT, not '$target'"
    cat <<YAML
      - targets: ["${target#*=}"]
        labels:
          service: "${target%%=*}"
YAML
  done
}

prometheus_start() { # folder, port, service=address…
  local folder="$1" port="$2" program
  shift 2
  (($# > 0)) || die "prometheus: nothing to scrape"
  program="$(server_program prometheus)"
  [ -n "$program" ] || die "prometheus is not there yet (prometheus_install)"
  mkdir -p "$folder"
  prometheus_configuration "$@" >"$folder/prometheus.yml"
  server_start prometheus "$folder" "$port" "$program" \
    --config.file="$folder/prometheus.yml" --storage.tsdb.path="$folder/tsdb" \
    --storage.tsdb.retention.time="$PROMETHEUS_RETENTION" --web.listen-address="127.0.0.1:$port"
}

prometheus_await_ready() { # folder, port
  server_await prometheus "$1" \
    curl --silent --fail --max-time 2 --output /dev/null "http://127.0.0.1:$2/-/ready"
}

prometheus_stop() { # folder
  server_stop prometheus "$1"
}
