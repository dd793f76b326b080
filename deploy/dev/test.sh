# shellcheck shell=bash
# The tests, label by label, summed up over single cases.

TEST_LABELS=(unit contract integration simulation chaos e2e)
TEST_JOBS=2

dev_test() { # [--sanitizer address|thread] [label]
  local wanted label labels=() failed=0
  if [ "${1:-}" = --sanitizer ]; then
    use_sanitizer "${2:-}"
    shift 2
  fi
  wanted="${1:-all}"
  [ $# -le 1 ] || usage_error "test takes one label"
  if [ "$wanted" = all ]; then
    labels=("${TEST_LABELS[@]}")
  elif [[ " ${TEST_LABELS[*]} " == *" $wanted "* ]]; then
    labels=("$wanted")
  else
    usage_error "test knows ${TEST_LABELS[*]} and all, not '$wanted'"
  fi
  RESULTS_DIR="$BUILD_DIR/test-results"
  build_all
  if [ "$wanted" != unit ] && [ "$wanted" != simulation ]; then
    kafka_install
    ensure_unpacked
  fi
  rm -rf "$RESULTS_DIR" "$BUILD_DIR/e2e" # folders that earlier failures left for a look
  for label in "${labels[@]}"; do
    mkdir -p "$RESULTS_DIR/$label"
    run_label "$label" || failed=1
  done
  # The summary's exit code counts too: a crashed program or an empty run fails there.
  python3 deploy/dev/sum_tests.py "$RESULTS_DIR" || failed=1
  return "$failed"
}

# Every test program leaves one XML of its cases and ctest one of its programs.
run_label() { # label
  local begin status=0
  begin="$(now_ms)"
  GTEST_OUTPUT="xml:$RESULTS_DIR/$1/" GTEST_BRIEF=1 BELLWETHER_BUILD_DIR="$BUILD_DIR" \
    ctest --test-dir "$BUILD_DIR" -L "^$1\$" -j "$TEST_JOBS" --output-on-failure \
    --output-junit "$RESULTS_DIR/$1.ctest.xml" --no-tests=ignore </dev/null |
    sed -u -E '/^Internal ctest|^Test project|^ +Start +[0-9]+:|^Label Time|sec\*proc|^$/d' ||
    status=$?
  step_done "$1" "$begin"
  return "$status"
}
