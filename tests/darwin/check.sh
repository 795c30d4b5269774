#!/bin/bash
# Compiles for macOS, on Linux, what of the daemon has to do with the platform and needs no
# generated code: the modules below with the sources that they have there. Warnings are errors. One
# line for each source; nothing is linked or run.
#
#   tests/darwin/check.sh [TARGET]    aarch64-macos, or another one of zig's
#
# Other libraries' headers are Debian's, seen through links, so that Linux's own stay out of sight.
set -euo pipefail
cd "$(dirname "$0")/../.."
zig=$PWD/build/zig/ziglang/zig
target=${1:-aarch64-macos}
includes=$PWD/build/darwin/include
readonly zig target includes
readonly modules='base loop net'
# Its counterpart is link_picture_darwin.cc.
readonly only_linux='daemon/loop/link_picture_linux.cc daemon/loop/link_table.cc'
readonly libraries='absl curl fmt openssl rapidjson spdlog uv uv.h wslay'

[[ -x $zig ]] || {
  echo "darwin: no compiler in build/zig: run packaging/install-deps.sh" >&2
  exit 1
}

# Debian has some headers in a directory of the machine's kind, and some of OpenSSL's in both.
links() {
  local name home machine
  machine=$(gcc -print-multiarch)
  rm -rf "$includes"
  mkdir -p "$includes"
  for name in $libraries; do
    for home in /usr/include /usr/include/"$machine"; do
      if [[ -d $home/$name ]]; then
        mkdir -p "$includes/$name"
        ln -s "$home/$name"/* "$includes/$name"
      elif [[ -e $home/$name ]]; then
        ln -s "$home/$name" "$includes/$name"
      fi
    done
    [[ -e $includes/$name ]] || {
      echo "darwin: no headers of $name" >&2
      return 1
    }
  done
}

# one SOURCE: a line that begins with "ok" or "BAD".
one() {
  local said
  if said=$("$zig" c++ -target "$target" -std=c++20 -O0 -g0 \
    -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Wthread-safety -Werror \
    -DSPDLOG_COMPILED_LIB -DSPDLOG_FMT_EXTERNAL -Idaemon -isystem "$includes" \
    -c "$1" -o "build/darwin/$(basename "$1" .cc).o" 2>&1); then
    echo "ok  $1"
  else
    printf 'BAD %s\n%s\n' "$1" "$said"
  fi
}

links
export ZIG_GLOBAL_CACHE_DIR=$PWD/build/darwin/cache ZIG_LOCAL_CACHE_DIR=$PWD/build/darwin/cache
export -f one
export zig target includes
sources=()
for module in $modules; do
  for source in daemon/"$module"/*.cc; do
    [[ " $only_linux " == *" $source "* ]] || sources+=("$source")
  done
done
results=$(printf '%s\n' "${sources[@]}" | xargs -P "$(nproc)" -I{} bash -c 'one {}')
printf '%s\n' "$results"
good=$(grep -c '^ok ' <<<"$results" || true)
bad=$((${#sources[@]} - good))
echo "darwin: $good sources for $target, $bad bad"
[[ $bad == 0 ]]
