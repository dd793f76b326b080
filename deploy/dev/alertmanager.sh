# shellcheck shell=bash
# An Alertmanager of this checkout, on loopback: it shows what bellwether posts to it and
# notifies nobody.
#
#   alertmanager_start FOLDER PORT && alertmanager_await_ready FOLDER PORT

alertmanager_install() { ensure_packages build; }

alertmanager_start() { # folder, port
  mkdir -p "$1"
  cat >"$1/alertmanager.yml" <<'YAML'
route:
  receiver: "null"
  group_by: [alertname, subject]
receivers:
  - name: "null"
YAML
  # Without a cluster: it would listen on a port of its own.
  server_start alertmanager "$1" "$2" prometheus-alertmanager \
    --config.file="$1/alertmanager.yml" --storage.path="$1/data" \
    --web.listen-address="127.0.0.1:$2" --cluster.listen-address=
}

alertmanager_await_ready() { # folder, port
  server_await alertmanager "$1" \
    curl --silent --fail --max-time 2 --output /dev/null "http://127.0.0.1:$2/-/ready"
}

alertmanager_stop() { # folder
  server_stop alertmanager "$1"
}
