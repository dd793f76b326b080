# shellcheck shell=bash
# Everything that judges the source without running it. All parts run; any failure fails the check.

tree_files() { # pathspec…: what git knows or would add, and is there
  git ls-files -z --cached --others --exclude-standard -- "$@" |
    while IFS= read -r -d '' file; do [ ! -f "$file" ] || printf '%s\n' "$file"; done
}

# Where this branch left main; standing on main itself, its last commit when something is not
# committed yet, else the one before.
default_base() {
  local main=main
  git rev-parse --quiet --verify main >/dev/null || main=origin/main
  git rev-parse --quiet --verify "$main" >/dev/null || main=HEAD
  if [ "$(git rev-parse "$main")" != "$(git rev-parse HEAD)" ]; then
    git merge-base "$main" HEAD
  elif [ -n "$(git status --porcelain)" ]; then
    git rev-parse HEAD
  else
    git rev-parse --quiet --verify HEAD~ || git rev-parse HEAD
  fi
}

check_style() { python3 tests/style/check_style.py; }

check_format() {
  local report="$LOG_DIR/format.txt" wrong
  if tree_files '*.cc' '*.h' |
    xargs -r -P "$(nproc)" -n 20 clang-format --dry-run -Werror 2>"$report"; then
    return 0
  fi
  mapfile -t wrong < <(grep -oE '^[^: ]+\.(cc|h):[0-9]+' "$report" | sort -u -t: -k1,1)
  if ((${#wrong[@]} == 0)); then
    cat "$report" # clang-format itself failed
    return 1
  fi
  printf '%s: differs from .clang-format, here first\n' "${wrong[@]}"
  printf 'mend with: clang-format -i %s\n' "${wrong[*]%%:*}"
  return 1
}

check_shell() {
  local files
  mapfile -t files < <({
    tree_files '*.sh'
    tree_files dev .ci 'tests/**' 'deploy/**' | xargs -r grep -lE -m1 '^#!.*\b(bash|sh)$'
  } | sort -u)
  shellcheck -x "${files[@]}"
}

buf() {
  local machine
  machine="$(uname -m)"
  BUF_CACHE_DIR="$STATE_DIR/buf" \
    "$TOOLS_DIR/node_modules/@bufbuild/buf-linux-${machine/x86_64/x64}/bin/buf" "$@"
}

check_protos() { # base
  buf lint proto
  buf breaking proto --against ".git#ref=$1,subdir=proto"
}

check_tidy() { # base | --all
  python3 deploy/dev/tidy.py "$BUILD_DIR" "$STATE_DIR/tidy" "$1"
}

check_all_of_console() {
  local part failed=0
  ensure_console || return 0
  build_console
  for part in format types texts; do
    step "console-$part" check_console "$part" || failed=1
  done
  return "$failed"
}

dev_check() { # [--all] [--base REF]
  local all="" base="" failed=0
  while [ $# -gt 0 ]; do
    case "$1" in
      --all) all=--all ;;
      --base)
        [ $# -ge 2 ] || usage_error "--base needs a commit"
        base="$2"
        shift
        ;;
      *) usage_error "check does not know '$1'" ;;
    esac
    shift
  done
  ensure_packages build check
  ensure_tools
  [ -n "$base" ] || base="$(default_base)"
  base="$(git rev-parse --quiet --verify "$base^{commit}")" || usage_error "no commit '$base'"
  step style check_style || failed=1
  step shell check_shell || failed=1
  step format check_format || failed=1
  step protos check_protos "$base" || failed=1
  check_all_of_console || failed=1
  # clang-tidy judges each file by itself, as a folder of its own says it would be compiled; of that
  # folder only the generated headers are built.
  BUILD_DIR="$ROOT/build-check"
  configure -DBELLWETHER_UNITY=OFF -DBELLWETHER_PCH=OFF
  compile proto.headers
  step tidy check_tidy "${all:-$base}" || failed=1
  ((failed == 0)) || die "check failed"
  say "check       all good (base ${base:0:10})"
}
