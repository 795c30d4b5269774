#!/bin/bash
# The rules that tools check. Without arguments: format, scripts, docs.
#
#   tests/lint.sh format                 clang-format over all C++ of this tree (--fix rewrites)
#   tests/lint.sh scripts                shellcheck over all shell scripts
#   tests/lint.sh docs                   README.md against the API
#   tests/lint.sh tidy BUILD [--deep]    clang-tidy over the sources that the build directory BUILD
#                                        compiles; --deep adds clang's static analyzer (slow)
#
# Prints `lint: N files, N bad` for each and exits with 1 when any is bad.
set -euo pipefail
cd "$(dirname "$0")/.."

# Tracked files and new ones, that still exist, by pattern.
files() {
  git ls-files -co --exclude-standard -- "$@" | while read -r f; do
    if [[ -e $f ]]; then echo "$f"; fi
  done
}

# report WHAT COUNT BAD
report() {
  echo "lint: $1: $2 files, $3 bad"
  [[ $2 -gt 0 && $3 == 0 ]]
}

# format [--fix]
format() {
  local list bad=0 file
  mapfile -t list < <(files '*.cc' '*.h')
  if [[ ${1:-} == --fix ]]; then
    clang-format-14 -i "${list[@]}"
  elif ! clang-format-14 --dry-run -Werror "${list[@]}" 2>/dev/null; then
    for file in "${list[@]}"; do
      clang-format-14 --dry-run -Werror "$file" >/dev/null 2>&1 && continue
      bad=$((bad + 1))
      echo "  $file: run tests/lint.sh format --fix"
    done
  fi
  report format "${#list[@]}" "$bad"
}

scripts() {
  local list bad=0 file
  mapfile -t list < <(files '*.sh' '.ci/run')
  for file in "${list[@]}"; do shellcheck -x "$file" || bad=$((bad + 1)); done
  report scripts "${#list[@]}" "$bad"
}

# The README says of each call of the API whether it is there: what no service of the daemon
# overrides, and nothing else, stands in its table of what is missing.
docs() {
  local calls=0 bad=0 service rpc home
  while read -r service rpc; do
    calls=$((calls + 1))
    home=daemon/api/$(tr '[:upper:]' '[:lower:]' <<<"${service%Service}")_service.h
    local is_there=no listed=no
    if grep -q "[* ]$rpc(" "$home"; then is_there=yes; fi
    if grep -qF "\`$service.$rpc\`" README.md; then listed=yes; fi
    if [[ $is_there == "$listed" ]]; then
      bad=$((bad + 1))
      echo "  $service.$rpc: there: $is_there, missing by README.md: $listed"
    fi
  done < <(awk '/^service /{ s = $2 } /^  rpc /{ sub(/\(.*/, "", $2); print s, $2 }' \
    proto/tideover/v1/*.proto)
  report docs "$calls" "$bad"
}

# One source; its messages only when there are any. Called by xargs below.
tidy_one() {
  local build=$1 source=$2 out
  shift 2
  out=$(clang-tidy-14 -p "$build" --quiet "$@" "$source" 2>/dev/null) && return 0
  printf '%s\n' "$out" | grep -E 'error:|warning:' || printf '%s: clang-tidy failed\n' "$source"
  echo "$source" >>"$TIDY_BAD"
}

tidy() {
  local build=${1:?BUILD is missing} list deep=()
  if [[ ${2:-} == --deep ]]; then deep=('--checks=clang-analyzer-*'); fi
  [[ -r $build/compile_commands.json ]] || {
    echo "lint: no compile_commands.json in $build" >&2
    exit 1
  }
  mapfile -t list < <(files 'daemon/*.cc' 'clients/*.cc' | while read -r f; do
    if grep -qF "\"file\": \"$PWD/$f\"" "$build/compile_commands.json"; then echo "$f"; fi
  done)
  TIDY_BAD=$(mktemp)
  export TIDY_BAD
  export -f tidy_one
  printf '%s\n' "${list[@]}" |
    xargs -P "$(nproc)" -I{} bash -c 'tidy_one "$@"' _ "$build" {} "${deep[@]}" || true
  report tidy "${#list[@]}" "$(wc -l <"$TIDY_BAD")"
}

case "${1:-}" in
  '')
    format ""
    scripts
    docs
    ;;
  format | scripts | docs | tidy) "$@" ;;
  *)
    sed -n '2,10s/^# \{0,1\}//p' "$0" >&2
    exit 2
    ;;
esac
