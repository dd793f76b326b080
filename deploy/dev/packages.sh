# shellcheck shell=bash
# Debian packages and npm tools. Quick when all is there: one dpkg query, one file comparison.

APT_ATTEMPTS_MAX=4
APT_PAUSE_SECONDS=5 # doubles with each attempt
PACKAGE_LIST="$ROOT/deploy/packages.txt"

# Prints the packages of the given sections that are not installed.
missing_packages() {
  local section package command installed wanted=()
  while read -r section package command; do
    [[ " $* " == *" $section "* ]] || continue
    [ -z "$command" ] || ! command -v "$command" >/dev/null || continue
    wanted+=("$package")
  done < <(grep -v -e '^#' -e '^$' "$PACKAGE_LIST")
  installed="$(dpkg-query -W -f '${db:Status-Status} ${Package}\n' "${wanted[@]}" 2>/dev/null || true)"
  for package in "${wanted[@]}"; do
    grep -qxF "installed $package" <<<"$installed" || printf '%s\n' "$package"
  done
}

apt_get() {
  local as_root=()
  [ "$(id -u)" -eq 0 ] || as_root=(sudo)
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q -y \
    -o DPkg::Lock::Timeout=300 -o Acquire::Retries=2 "$@"
}

apt_update_and_install() {
  local attempt pause=$APT_PAUSE_SECONDS
  for ((attempt = 1; attempt <= APT_ATTEMPTS_MAX; attempt++)); do
    if apt_get update && apt_get install --no-install-recommends "$@"; then
      return 0
    fi
    ((attempt == APT_ATTEMPTS_MAX)) || {
      printf 'apt-get failed (attempt %d of %d), again in %d s\n' \
        "$attempt" "$APT_ATTEMPTS_MAX" "$pause"
      sleep "$pause"
      pause=$((pause * 2))
    }
  done
  return 1
}

ensure_packages() { # section…
  local missing
  command -v dpkg-query >/dev/null ||
    die "this is not a Debian system; install what deploy/packages.txt lists and see README.md"
  mapfile -t missing < <(missing_packages "$@")
  ((${#missing[@]} > 0)) || return 0
  say "packages    installing ${#missing[@]}: ${missing[*]}"
  if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null ||
      die "not root and no sudo; as root: apt-get install ${missing[*]}"
    sudo -v || die "sudo was refused; as root: apt-get install ${missing[*]}"
  fi
  step packages apt_update_and_install "${missing[@]}"
}

# The npm tools of deploy/tools, installed from their lock into .bellwether/tools.
TOOLS_DIR="$STATE_DIR/tools"

npm_install_tools() {
  rm -rf "$TOOLS_DIR"
  mkdir -p "$TOOLS_DIR"
  cp deploy/tools/package.json deploy/tools/package-lock.json deploy/tools/.npmrc "$TOOLS_DIR"
  npm_config_cache="$STATE_DIR/npm-cache" npm --prefix "$TOOLS_DIR" ci
  cp deploy/tools/package-lock.json "$TOOLS_DIR/installed.json"
}

ensure_tools() {
  cmp -s deploy/tools/package-lock.json "$TOOLS_DIR/installed.json" || step tools npm_install_tools
}
