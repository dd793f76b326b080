# shellcheck shell=bash
# `./dev test --sanitizer`: a build folder of its own per sanitizer, and what its programs run with.
#
# The thread sanitizer follows only locks that are instrumented. absl::Mutex lives in a shared
# library, ours and gRPC's: Debian's source of the installed version is built again with the
# sanitizer and laid before the system's library when tests run.

SANITIZERS=(address thread)
SANITIZER="" # none

use_sanitizer() { # address|thread
  [[ " ${SANITIZERS[*]} " == *" $1 "* ]] ||
    usage_error "--sanitizer is ${SANITIZERS[0]} or ${SANITIZERS[1]}, not '$1'"
  SANITIZER="$1"
  # shellcheck disable=SC2034 # of build.sh
  BUILD_DIR="$ROOT/build-$SANITIZER"
  ensure_packages build sanitizer
  [ "$SANITIZER" = thread ] || return 0
  use_instrumented_locks
  export TSAN_OPTIONS="suppressions=$ROOT/cmake/tsan.supp${TSAN_OPTIONS:+ $TSAN_OPTIONS}"
}

use_instrumented_locks() {
  local version libraries
  version="$(dpkg-query -W -f '${Version}' libabsl-dev)"
  libraries="$STATE_DIR/tsan/absl-$version"
  [ -d "$libraries" ] || step absl build_instrumented_locks "$version" "$libraries"
  export LD_LIBRARY_PATH="$libraries${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"
}

build_instrumented_locks() { # version, libraries
  local work="$STATE_DIR/tsan/source" lists="$STATE_DIR/tsan/lists" from
  rm -rf "$work" "$lists"
  mkdir -p "$work" "$lists/partial"
  # The system's own package sources, asked for source packages; its lists stay as they are.
  for from in /etc/apt/sources.list /etc/apt/sources.list.d/debian.sources; do
    [ ! -s "$from" ] || sed -E 's/^(Types: )?deb( |$)/\1deb-src\2/' "$from" \
      >"$work/debian.${from##*.}"
  done
  local apt=(-q -o "Dir::Etc::sourcelist=/dev/null" -o "Dir::Etc::sourceparts=$work"
    -o "Dir::State::lists=$lists" -o "APT::Sandbox::User=root")
  apt-get "${apt[@]}" update
  (cd "$work" && apt-get "${apt[@]}" source "abseil=$1")
  cmake -S "$(find "$work" -mindepth 1 -maxdepth 1 -type d)" -B "$work/build" -G Ninja \
    -DBUILD_SHARED_LIBS=ON -DCMAKE_CXX_STANDARD=17 -DCMAKE_BUILD_TYPE=RelWithDebInfo \
    -DCMAKE_CXX_FLAGS=-fsanitize=thread
  ninja -C "$work/build" absl/synchronization/libabsl_synchronization.so
  mkdir -p "$work/libraries"
  find "$work/build/absl" -name 'libabsl_*.so.*' -exec cp -P -t "$work/libraries" {} +
  mv "$work/libraries" "$2"
  rm -rf "$work" "$lists"
}
