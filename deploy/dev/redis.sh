# shellcheck shell=bash
# A Redis server of this checkout, on loopback: the live cache of the full stack.
#
#   redis_start FOLDER PORT && redis_await_ready FOLDER PORT && … && redis_stop FOLDER

redis_install() { ensure_packages build; }

redis_start() { # folder, port
  server_start redis "$1" "$2" \
    redis-server "$ROOT/deploy/dev/redis.conf" --port "$2" --dir "$1"
}

redis_answers() { # port
  [ "$(redis-cli -h 127.0.0.1 -p "$1" ping)" = PONG ]
}

redis_await_ready() { # folder, port
  server_await redis "$1" redis_answers "$2"
}

redis_stop() { # folder
  server_stop redis "$1"
}
