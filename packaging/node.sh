# shellcheck shell=bash
# To be sourced, from the root of the tree: finds a Node.js that runs the local backend. Puts the
# one that install-deps.sh fetched first in $PATH where the system's is missing or too old.
# shellcheck disable=SC2034  # used by who sources this
NODE_PREFIX=$PWD/build/node
NODE_PACKAGE=node-linux-$(uname -m | sed 's/x86_64/x64/; s/aarch64/arm64/')@20

node_is_new_enough() {
  command -v node >/dev/null && command -v npm >/dev/null &&
    node -e 'process.exit(Number(process.versions.node.split(".")[0]) >= 20 ? 0 : 1)'
}

# True when there is a Node.js 20 or newer, in $PATH afterwards.
node_is_there() {
  node_is_new_enough && return 0
  local package=$NODE_PREFIX/node_modules
  [[ -x $package/${NODE_PACKAGE%@*}/bin/node ]] || return 1
  PATH=$package/${NODE_PACKAGE%@*}/bin:$package/.bin:$PATH
  hash -r
  node_is_new_enough
}

# Installs the backend's packages where package-lock.json changed since, or fails.
npm_ci_backend() {
  local directory=$1 stamp=$1/node_modules/.tideover-lock
  cmp -s "$directory/package-lock.json" "$stamp" && return 0
  (cd "$directory" && npm ci --silent --no-audit --no-fund) &&
    cp "$directory/package-lock.json" "$stamp"
}
