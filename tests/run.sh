#!/bin/bash
# All tests, in stages. Each prints its name, its time and its counts; the last line is the sum.
#
#   tests/run.sh               everything
#   tests/run.sh STAGE...      only these (and none that they rest on: build first)
#   tests/run.sh --list        the names of the stages
#
# A stage fails when a test fails, when something that belongs to it is missing, or when it ran no
# test at all. The others go on, but for those that rest on it. Logs: build/ci/STAGE.log.
set -uo pipefail
cd "$(dirname "$0")/.." || exit 1
readonly out=$PWD/build/ci
jobs=$(nproc)
readonly jobs
# shellcheck source=packaging/node.sh
. packaging/node.sh

# The same source in another directory is the same to ccache.
export CCACHE_BASEDIR=$PWD CCACHE_NOHASHDIR=1
export CTEST_OUTPUT_ON_FAILURE=1

# name, the stages that it rests on, what it shows
readonly stages='
deps      -        Debian packages, Node.js
format    deps     clang-format over all C++
scripts   deps     shellcheck
docs      -        the README against the API
build     deps     g++ 12, optimised, warnings are errors
unit      build    unit tests and the rules of the tree
sim       build    the simulator
crash     build    kills, failing disks and power cuts
model     deps     the model of a mutation that goes to the server, and planted faults
npm       deps     packages of the local backend
backend   npm      the local backend: types, lint, format, tests
e2e       build,npm real binaries against the local backend
try       build,npm the story of the README
bench     build,npm every benchmark runs (figures are not judged here)
units     build    systemd units
clang     deps     clang 14, AddressSanitizer and UBSan, warnings are errors
asan      clang    unit tests and simulator under them
tsan      deps     the engine under ThreadSanitizer
tidy      clang    clang-tidy
darwin    deps     what has to do with the platform compiles for macOS, warnings are errors
'

# What the engine tests under ThreadSanitizer are: all modules without gRPC, which Debian ships
# without instrumentation.
readonly tsan_tests='loop_test net_test store_test log_test cache_test view_test doors_test sync_test'

# --- Counting -------------------------------------------------------------------------------------

# Set by each stage.
passed=0 failed=0 skipped=0

# Adds up what GoogleTest binaries said in a log of ctest's.
count_gtest() {
  local counts
  read -r -a counts < <(awk '
    /^\[  PASSED  \] [0-9]+ test/ { good += $4 }
    /^\[  FAILED  \] [0-9]+ test/ { bad += $4 }
    /^\[  SKIPPED \] [0-9]+ test/ { out += $4 }
    END { print good + 0, bad + 0, out + 0 }' "$1")
  passed=$((passed + counts[0]))
  failed=$((failed + counts[1]))
  skipped=$((skipped + counts[2]))
}

# run_ctest BUILD ARGUMENTS...: ctest there, its cases counted.
run_ctest() {
  local build=$1 code=0
  shift
  rm -f "$build/Testing/Temporary/LastTest.log"
  ctest --test-dir "$build" -j "$jobs" --no-tests=error "$@" || code=1
  count_gtest "$build/Testing/Temporary/LastTest.log"
  # A crash or a time-out counts nothing.
  if [[ $code != 0 && $failed == 0 ]]; then failed=1; fi
  return $code
}

# counted COMMAND...: one case, passed or failed.
counted() {
  echo "\$ $*"
  if "$@"; then passed=$((passed + 1)); else
    failed=$((failed + 1))
    return 1
  fi
}

# also COMMAND...: the same, but goes on after a failure, which `worst` remembers.
worst=0
also() { counted "$@" || worst=1; }

# --- Stages ---------------------------------------------------------------------------------------

stage_deps() { counted packaging/install-deps.sh && node_is_there; }
stage_format() { counted tests/lint.sh format; }
stage_scripts() { counted tests/lint.sh scripts; }
stage_docs() { counted tests/lint.sh docs; }

stage_build() {
  cmake --preset release && counted cmake --build --preset release -j "$jobs"
}

stage_unit() { run_ctest build/release -LE 'e2e|sim|crash'; }
stage_sim() { run_ctest build/release -L sim; }

# What they ran goes into the log, also when all is well.
stage_crash() {
  run_ctest build/release -L crash || return 1
  grep '^crash: ' build/release/Testing/Temporary/LastTest.log
}

# Each line of its table is a case.
stage_model() {
  local code=0 good
  tests/model/check.sh || code=1
  good=$(grep -c '^ok ' "$log")
  passed=$((passed + good))
  failed=$((failed + $(grep -c '^BAD ' "$log")))
  return $code
}

# Each source is a case.
stage_darwin() {
  local code=0
  tests/darwin/check.sh || code=1
  passed=$(grep -c '^ok ' "$log")
  failed=$(grep -c '^BAD ' "$log")
  return $code
}

stage_npm() { counted npm_ci_backend packaging/backend; }

stage_backend() {
  worst=0
  also npm --silent --prefix packaging/backend run typecheck
  also npm --silent --prefix packaging/backend run lint
  also npm --silent --prefix packaging/backend run format:check
  local report=$out/backend.json
  rm -f "$report"
  (cd packaging/backend && npx vitest run --reporter=default --reporter=json \
    --outputFile.json="$report") || worst=1
  local counts
  counts=$(node -p 'const r = JSON.parse(require("fs").readFileSync(process.argv[1], "utf8"));
    [r.numPassedTests, r.numFailedTests, r.numPendingTests].join(" ")' "$report") || return 1
  read -r -a counts <<<"$counts"
  passed=$((passed + counts[0]))
  failed=$((failed + counts[1]))
  skipped=$((skipped + counts[2]))
  return $worst
}

stage_e2e() { run_ctest build/release -L e2e; }

stage_try() {
  local code=0
  packaging/try.sh --check || code=1
  read -r passed failed < <(sed -n 's/^try: \([0-9]*\) shown, \([0-9]*\) failed$/\1 \2/p' "$log")
  return $code
}

# Each figure that is printed is a case.
stage_bench() {
  local figures
  counted tests/bench/run.sh --quick || return 1
  figures=$(grep -c '^{"figure"' "$log")
  passed=$((passed + figures))
  ((figures > 0))
}

stage_units() {
  worst=0
  if ! command -v systemd-analyze >/dev/null; then
    echo 'no systemd-analyze on this machine'
    skipped=1
    return 0
  fi
  also packaging/systemd/verify.sh
  return $worst
}

stage_clang() {
  cmake --preset dev -B build/ci-asan \
    -DCMAKE_C_COMPILER=clang-14 -DCMAKE_CXX_COMPILER=clang++-14 &&
    counted cmake --build build/ci-asan -j "$jobs"
}

stage_asan() {
  # Fewer seeds, and no hunt for planted bugs: the release build runs them all.
  TIDEOVER_SIM_SEEDS=200 UBSAN_OPTIONS=print_stacktrace=1 run_ctest build/ci-asan -LE 'e2e|crash' \
    -E sim_mutants
}

stage_tsan() {
  local names
  read -r -a names <<<"$tsan_tests"
  cmake --preset tsan -B build/ci-tsan \
    -DCMAKE_C_COMPILER=clang-14 -DCMAKE_CXX_COMPILER=clang++-14 &&
    counted cmake --build build/ci-tsan -j "$jobs" --target "${names[@]}" &&
    run_ctest build/ci-tsan -R "^(${tsan_tests// /|})\$"
}

stage_tidy() { counted tests/lint.sh tidy build/ci-asan; }

# --- Running them ---------------------------------------------------------------------------------

declare -A verdicts
total_passed=0 total_failed=0 total_skipped=0
summary=''

# True when all that the stage rests on is well or was not asked for.
may_run() {
  local need
  for need in ${1//,/ }; do
    [[ ${verdicts[$need]:-ok} == ok ]] || return 1
  done
}

run_stage() {
  local name=$1 needs=$2 what=$3 began=$SECONDS verdict=ok
  log=$out/$name.log
  passed=0 failed=0 skipped=0
  printf '\n== %s: %s\n' "$name" "$what"
  if ! may_run "$needs"; then
    echo "   did not run: it rests on $needs"
    verdict='did not run' failed=1
  else
    "stage_$name" >"$log" 2>&1 || verdict=FAILED
    if ((passed + failed + skipped == 0)); then verdict=FAILED; fi
    if ((failed > 0)); then verdict=FAILED; fi
    if [[ $verdict == FAILED ]]; then
      ((failed > 0)) || failed=1
      echo "   the end of ${log#"$PWD"/}:"
      tail -n 80 "$log" | sed 's/^/   | /'
    fi
  fi
  verdicts[$name]=$verdict
  total_passed=$((total_passed + passed))
  total_failed=$((total_failed + failed))
  total_skipped=$((total_skipped + skipped))
  local line
  line=$(printf '%-8s %5d s %5d passed %3d failed %3d skipped  %s' \
    "$name" $((SECONDS - began)) "$passed" "$failed" "$skipped" "$verdict")
  echo "   $line"
  summary+=$line$'\n'
}

names_of_stages() { awk 'NF { print $1 }' <<<"$stages"; }

if [[ ${1:-} == --list ]]; then
  names_of_stages
  exit 0
fi
for wanted in "$@"; do
  if ! names_of_stages | grep -qx -- "$wanted"; then
    echo "tests/run.sh: no such stage: $wanted (see --list)" >&2
    exit 2
  fi
done

mkdir -p "$out"
node_is_there || true
while read -r name needs what; do
  [[ -n $name ]] || continue
  if [[ $# == 0 || " $* " == *" $name "* ]]; then run_stage "$name" "$needs" "$what" </dev/null; fi
done <<<"$stages"

printf '\n%s\n' "$summary"
echo "time: $((SECONDS / 60)) min $((SECONDS % 60)) s"
if ((total_skipped > 0)); then
  echo "$total_passed passed, $total_failed failed, $total_skipped skipped"
else
  echo "$total_passed passed, $total_failed failed"
fi
((total_failed == 0 && total_passed > 0))
