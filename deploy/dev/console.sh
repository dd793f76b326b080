# shellcheck shell=bash
# The web console: its Node, its packages, its build. Where npm cannot be had, everything but the
# console still works, and what is skipped is said.

CONSOLE_DIR="$ROOT/services/gateway/console"
CONSOLE_OUT="$BUILD_DIR/console"
CONSOLE_STAMP="$STATE_DIR/console.built"
NODE_DIR="$STATE_DIR/node"
NODE_LEAST=22.18.0 # reads TypeScript without a flag

# npm goes to the network for a file it has not kept; a machine without one is to hear so soon.
export npm_config_fetch_retries=2 npm_config_update_notifier=false
export npm_config_cache="${npm_config_cache:-$STATE_DIR/npm-cache}"

node_is_new_enough() { # node
  local version
  version="$("$1" --version 2>/dev/null)" || return 1
  printf '%s\n%s\n' "$NODE_LEAST" "${version#v}" | sort --check=quiet --version-sort
}

npm_install_node() {
  rm -rf "$NODE_DIR"
  mkdir -p "$NODE_DIR"
  cp deploy/node/package.json deploy/node/package-lock.json deploy/node/.npmrc "$NODE_DIR"
  npm --prefix "$NODE_DIR" ci || npm --prefix "$NODE_DIR" ci || return 1
  cp deploy/node/package-lock.json "$NODE_DIR/installed.json"
}

# A Node that is new enough comes first in PATH.
ensure_node() {
  local machine
  ! node_is_new_enough node || return 0
  machine="$(uname -m)"
  machine="${machine/x86_64/x64}"
  cmp -s deploy/node/package-lock.json "$NODE_DIR/installed.json" ||
    step node npm_install_node || return 1
  PATH="$NODE_DIR/node_modules/node-linux-${machine/aarch64/arm64}/bin:$PATH"
  node_is_new_enough node
}

# A registry now and then denies what it has; asked again it answers.
npm_install_console() {
  npm --prefix "$CONSOLE_DIR" ci || npm --prefix "$CONSOLE_DIR" ci || return 1
  cp "$CONSOLE_DIR/package-lock.json" "$CONSOLE_DIR/node_modules/installed.json"
}

ensure_console_packages() {
  cmp -s "$CONSOLE_DIR/package-lock.json" "$CONSOLE_DIR/node_modules/installed.json" ||
    step console-npm npm_install_console
}

# What the console needs to be built, or a sentence on what is missing and status 1.
ensure_console() {
  local missing
  mapfile -t missing < <(missing_packages console)
  if ((${#missing[@]} > 0)) && ! (ensure_packages console); then
    say "console     skipped: no ${missing[*]}"
    return 1
  fi
  if ! ensure_node || ! ensure_console_packages; then
    say "console     skipped: npm could not install what it is built with; everything else works"
    return 1
  fi
}

console_is_fresh() {
  [ -f "$CONSOLE_OUT/index.html" ] && [ -f "$CONSOLE_STAMP" ] &&
    [ -z "$(find "$CONSOLE_DIR" proto/bellwether deploy/dev/console.sh \
      -name node_modules -prune -o -newer "$CONSOLE_STAMP" -print -quit)" ]
}

npm_build_console() {
  (cd "$CONSOLE_DIR" && npm run generate && npm run build -- --outDir "$CONSOLE_OUT" && npm run budget)
}

# Builds what the gateway serves into build/console. A console that does not compile fails; one that
# cannot be built here is passed over.
build_console() {
  ! console_is_fresh || return 0
  ensure_console || return 0
  step console npm_build_console || die "the console's build failed"
  touch "$CONSOLE_STAMP"
}

check_console() { # format | types | texts
  (cd "$CONSOLE_DIR" && npm run "check-$1")
}

# What a full board costs the main thread of a browser.
bench_board() {
  ensure_console || die "the board is measured with Node"
  ensure_packages browser
  build_console
  (cd "$CONSOLE_DIR" && CONSOLE_OUT="$CONSOLE_OUT" CHROMIUM="$(command -v chromium)" npm run --silent bench:board)
}

# The built console and a browser for it. Exit 77: one of them cannot be had here.
prepare_console_e2e() {
  ensure_console || exit 77
  (ensure_packages browser) || exit 77
  build_console
}

# The tests of e2e/real, on the system at BELLWETHER_URL.
test_console_real() {
  prepare_console_e2e
  cd "$CONSOLE_DIR" || exit
  CHROMIUM="$(command -v chromium || true)" npm run --silent e2e:real
}

# Runs the console's own tests as ctest wants them: cases as JUnit XML where GoogleTest would leave
# them. Exit 77: skipped.
test_console() { # unit | e2e
  local folder="${GTEST_OUTPUT:-xml:$BUILD_DIR/test-results/$1/}"
  local report="${folder#xml:}console_$1_test.xml"
  if [ "$1" = e2e ]; then prepare_console_e2e; else ensure_console || exit 77; fi
  cd "$CONSOLE_DIR" || exit
  CONSOLE_REPORT="$report" CONSOLE_OUT="$CONSOLE_OUT" CHROMIUM="$(command -v chromium || true)" npm run "test-$1"
}
