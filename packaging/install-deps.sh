#!/bin/bash
# Installs what a fresh Debian 12 lacks to build, run and test Tideover. May be repeated: when
# everything is there it looks and does nothing else.
#
#   packaging/install-deps.sh                everything, the tools of the tests included
#   packaging/install-deps.sh --build-only   what building and running needs: no clang, no linters
#
# Node.js 20 or newer runs the local backend. One that is there already is used; Debian 12 has 18,
# so otherwise a Node.js 20 from the npm registry is put into build/node, for this tree alone.
# The compiler that has the headers of macOS is fetched from PyPI into build/zig.
set -euo pipefail
cd "$(dirname "$0")/.."

build_packages=(
  g++ cmake ninja-build pkg-config ccache
  libgrpc++-dev libprotobuf-dev protobuf-compiler protobuf-compiler-grpc
  liblmdb-dev libuv1-dev libcurl4-openssl-dev libwslay-dev libssl-dev libsystemd-dev
  libspdlog-dev libfmt-dev libcli11-dev rapidjson-dev libtomlplusplus-dev libxxhash-dev
  libgtest-dev libgmock-dev zlib1g-dev
  ca-certificates openssl
)
test_packages=(clang-14 clang-format-14 clang-tidy-14 libclang-rt-14-dev shellcheck spin
  python3-pip)

usage() { sed -n '2,10s/^# \{0,1\}//p' "$0"; }

packages=("${build_packages[@]}" "${test_packages[@]}")
with_tests=yes
case "${1:-}" in
  '') ;;
  --build-only)
    packages=("${build_packages[@]}")
    with_tests=no
    ;;
  -h | --help)
    usage
    exit 0
    ;;
  *)
    usage >&2
    exit 2
    ;;
esac

if [[ ! -r /etc/debian_version ]] || ! command -v apt-get >/dev/null; then
  echo "install-deps: this is not Debian; install these packages' counterparts by hand:" >&2
  echo "  ${packages[*]} and Node.js >= 20 with npm" >&2
  exit 1
fi

as_root() {
  if [[ $(id -u) == 0 ]]; then
    "$@"
  elif command -v sudo >/dev/null; then
    sudo "$@"
  else
    echo "install-deps: not root and no sudo; run as root: $*" >&2
    exit 1
  fi
}

# The names among the arguments that are not installed, one per line.
missing_of() {
  local name state
  for name in "$@"; do
    state=$(dpkg-query -W -f='${db:Status-Abbrev}' "$name" 2>/dev/null || true)
    [[ $state == ii* ]] || echo "$name"
  done
}

apt_install() {
  local missing
  mapfile -t missing < <(missing_of "$@")
  [[ ${#missing[@]} -gt 0 ]] || return 0
  echo "install-deps: apt-get install ${missing[*]}"
  # A third party's list that cannot be fetched does not matter as long as Debian's can.
  as_root env DEBIAN_FRONTEND=noninteractive apt-get update -qq ||
    echo "install-deps: apt-get update had errors; going on with the lists there are" >&2
  as_root env DEBIAN_FRONTEND=noninteractive \
    apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
}

apt_install "${packages[@]}"

# shellcheck source=packaging/node.sh
. packaging/node.sh
if ! node_is_there; then
  # Debian's own is good enough to fetch a newer one.
  command -v npm >/dev/null || apt_install nodejs npm
  echo "install-deps: Node.js 20 from the npm registry into build/node"
  mkdir -p "$NODE_PREFIX"
  npm install --silent --no-audit --no-fund --prefix "$NODE_PREFIX" "$NODE_PACKAGE" npm@10
  if ! node_is_there; then
    echo "install-deps: no Node.js >= 20 to be had; install one (nodejs.org, NodeSource) and" >&2
    echo "  repeat with it first in \$PATH" >&2
    exit 1
  fi
fi

# Fetched anew when the pinned version changes. Only one stage of the tests rests on it.
fetch_zig() {
  local pinned=tests/darwin/requirements.txt
  cmp -s "$pinned" build/zig/requirements.txt && return 0
  echo "install-deps: a compiler for macOS from PyPI into build/zig"
  rm -rf build/zig
  mkdir -p build/zig
  /usr/bin/python3 -m pip install --quiet --disable-pip-version-check --root-user-action ignore \
    --no-deps --only-binary :all: --no-compile --no-cache-dir --require-hashes --target build/zig \
    -r "$pinned" && cp "$pinned" build/zig/
}

if [[ $with_tests == yes ]] && ! fetch_zig; then
  echo "install-deps: no compiler for macOS to be had: the stage darwin will fail" >&2
fi
echo "install-deps: everything is there (node $(node --version))"
