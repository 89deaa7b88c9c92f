# shellcheck shell=bash
# Sourced by the other scripts: installs the system packages that a build needs and sets its environment.
# Defines need_for_tests for those that a test needs besides.

die() {
  printf '%s: error: %s\n' "${0##*/}" "$1" >&2
  exit 1
}

# Installs those of the named Debian packages that are missing; silent, and offline, when none is.
need_packages() {
  local missing=() package as_root=()
  for package in "$@"; do
    [ "$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || missing+=("$package")
  done
  [ ${#missing[@]} -gt 0 ] || return 0
  command -v apt-get >/dev/null ||
    die "this script installs packages with apt-get (Debian 12), which is not here. Install what corresponds to \
'${missing[*]}' yourself and run cargo directly."
  if [ "$(id -u)" != 0 ]; then
    command -v sudo >/dev/null || die "packages are missing. As root, run: apt-get install ${missing[*]}"
    as_root=(sudo)
  fi
  echo "Installing ${missing[*]}" >&2
  # The lock's time-out: a fresh machine is often still running its own upgrades.
  local apt=("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=300)
  local log
  log=$(mktemp)
  if ! "${apt[@]}" update </dev/null >"$log" 2>&1 ||
    ! "${apt[@]}" install -y --no-install-recommends "${missing[@]}" </dev/null >>"$log" 2>&1; then
    tail -n 20 "$log" >&2
    rm -f "$log"
    die "apt-get could not install ${missing[*]} (its last lines are above). Mend that, or install them yourself, and try again."
  fi
  rm -f "$log"
}

need_for_tests() {
  local node=()
  # They may be there from elsewhere than Debian, whose npm would not stand beside them.
  command -v node >/dev/null || node+=(nodejs)
  command -v npm >/dev/null || node+=(npm)
  need_packages "${node[@]}" chromium jq kcat openssl prometheus python3 python3-venv python3-yaml
}

need_packages cmake clang-14 libclang-14-dev libcurl4-openssl-dev libssl-dev libsasl2-dev zlib1g-dev libzstd-dev make pkg-config
command -v cargo >/dev/null || die "cargo is not on the PATH: install Rust 1.95 or newer."

# The bundled RocksDB compiles a third faster than with g++.
export CC=clang-14 CXX=clang++-14

# Outside of the clone, so that a fresh one reuses the compiled RocksDB.
SPRINGTIDE_CACHE="${XDG_CACHE_HOME:-$HOME/.cache}/springtide"
export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-$SPRINGTIDE_CACHE/target}"
# Cargo and the scripts must mean the same folder, wherever each is run.
[[ $CARGO_TARGET_DIR = /* ]] || CARGO_TARGET_DIR="$PWD/$CARGO_TARGET_DIR"
