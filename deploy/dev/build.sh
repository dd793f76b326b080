# shellcheck shell=bash
# Configure and compile, and the benchmarks that come of it.

BUILD_DIR="$ROOT/build"
NINJA_LINE_SECONDS=10 # without a terminal, one progress line this often

# Objects are shared between checkouts: paths are kept relative and out of the hash.
export CCACHE_DIR="${CCACHE_DIR:-$STATE_DIR/ccache}"
export CCACHE_BASEDIR="${CCACHE_BASEDIR:-$ROOT}" CCACHE_NOHASHDIR=1
# Without these ccache leaves whatever uses a precompiled header to the compiler.
export CCACHE_SLOPPINESS=pch_defines,time_macros
export PYTHONPYCACHEPREFIX="$STATE_DIR/pycache"

configure() { # option of cmake…
  [ ! -f "$BUILD_DIR/build.ninja" ] || return 0
  step configure cmake -S "$ROOT" -B "$BUILD_DIR" -G Ninja -DBELLWETHER_SANITIZER="$SANITIZER" "$@"
}

# On a terminal ninja draws its own progress; elsewhere a line now and then, and all that is no
# progress line.
show_progress() {
  local line shown=-$NINJA_LINE_SECONDS
  while IFS= read -r line; do
    [[ "$line" != "ninja: Entering directory"* && "$line" != *"Re-checking globbed"* ]] || continue
    if [[ "$line" =~ ^\[[0-9]+/[0-9]+ ]]; then
      ((SECONDS - shown >= NINJA_LINE_SECONDS)) || continue
      shown=$SECONDS
      printf '            %s\n' "${line:0:100}"
    else
      printf '%s\n' "$line"
    fi
  done
}

compile() { # target…
  local begin
  begin="$(now_ms)"
  export NINJA_STATUS='[%f/%t %es] '
  if [ -t 1 ]; then
    ninja -C "$BUILD_DIR" -j "$(nproc)" "$@" || die "the build failed"
  else
    ninja -C "$BUILD_DIR" -j "$(nproc)" "$@" | show_progress || die "the build failed"
  fi
  step_done compile "$begin" "${*:-everything}"
}

build_all() {
  ensure_packages build
  configure
  compile
  build_console
}

dev_build() { # [--timings] target…
  if [ "$*" = console ]; then
    build_console
    return
  fi
  ensure_packages build
  configure
  if [ "${1:-}" = --timings ]; then
    shift
    compile_timed "$@"
  else
    compile "$@"
  fi
  [ $# -gt 0 ] || build_console
}

# ccache calls the compiler by way of cpu_seconds.sh: a build without timings knows nothing of it,
# and no command changes, which would compile everything again.
compile_timed() { # target…
  local folder="$STATE_DIR/timings"
  rm -rf "$folder"
  mkdir -p "$folder"
  CCACHE_PREFIX="$ROOT/deploy/dev/cpu_seconds.sh" BELLWETHER_TIMINGS="$folder/compiled" compile "$@"
  times >"$folder/all"
  python3 deploy/dev/timings.py "$folder/compiled" "$folder/all"
}

dev_bench() { # [name] [--stack full]
  local programs program
  if [ "${2:-}" = --stack ] || [ "${1:-}" = --stack ]; then
    [[ "$*" == "pipeline --stack full" ]] ||
      usage_error "on a stack there is: bench pipeline --stack full"
    bench_full_stack
    return
  fi
  [ $# -le 1 ] || usage_error "bench takes one name"
  if [ "${1:-}" = board ]; then
    bench_board
    return
  fi
  ensure_packages build
  configure
  mapfile -t programs < <(ninja -C "$BUILD_DIR" -t targets all | sed -n 's/^bench\/\([^:]*\):.*/\1/p')
  mapfile -t programs < <(printf '%s\n' "${programs[@]}" | grep -F -- "${1:-}")
  ((${#programs[@]} > 0)) || die "no benchmark is named like '${1:-}'"
  compile "${programs[@]}"
  for program in "${programs[@]}"; do
    say ""
    say "bench       $program"
    "$BUILD_DIR/bench/$program"
  done
}

bench_full_stack() {
  ensure_packages build
  kafka_install
  configure
  compile pipeline_latency_bench fill_journal await_folded bare_latency log_end \
    "${FULL_STORES[@]/#/bellwether-}"
  BELLWETHER_BUILD_DIR="$BUILD_DIR" python3 tests/bench/full_stack_bench.py
}
