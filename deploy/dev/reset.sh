# shellcheck shell=bash
# reset: all that a stack of this checkout holds is deleted, and it begins anew.

dev_reset() {
  # shellcheck disable=SC2034 # begin_stack reads them
  local stack=embedded data="" model="" detach="" http="" grpc="" folder current
  read_up_options reset "$@"
  [ -n "$data" ] || usage_error "reset wants --data demo|none|DIR: what to begin with"
  if [ "$stack" = full ]; then folder="$FULL_DIR"; else folder="$RUN_DIR/data"; fi
  require_own_state "$folder"
  # A directory is taken as it stands here, though what runs may be in it.
  [[ "$data" == none || "$data" == demo ]] || data="$(cd "$data" && pwd -P)"
  [[ "$data/" != "$(realpath -m "$folder")"/* ]] ||
    usage_error "--data $data lies in what reset deletes"

  dev_down
  for current in "$FULL_DIR"/*/; do
    if full_is_running "${current%/}"; then full_stop "${current%/}" || die "nothing was deleted"; fi
  done
  delete_state "$folder"
  begin_stack
}

# Whatever links say, only what lies in this checkout's .bellwether is deleted.
require_own_state() { # folder
  local state real
  state="$(realpath -m "$STATE_DIR")"
  real="$(realpath -m "$1")"
  [ "$real" = "$state${1#"$STATE_DIR"}" ] ||
    die "${1#"$ROOT"/} is $real, outside ${STATE_DIR#"$ROOT"/}: nothing was deleted"
}

delete_state() { # folder
  local size path
  [ -d "$1" ] || {
    say "delete      nothing: ${1#"$ROOT"/} is not there"
    return 0
  }
  while read -r size path; do
    say "delete      ${path#"$ROOT"/}  $size"
  done < <(find "$1" -mindepth 1 -maxdepth 1 -exec du -sh {} +)
  rm -rf --one-file-system "$1"
}
