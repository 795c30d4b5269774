#!/bin/sh
# Builds what is needed, without debugging aids, and measures the figures: one line of JSON each.
#
#   tests/bench/run.sh [--quick | --full] [--only gets,mutates,drain,backlog,start] [--dir DIR]
#
# --quick  shorter rounds and smaller stores, about a minute: to see that it works
# --full   also stores of 1,000,000 documents and of 1,000,000 pending mutations
# --dir    where on the disk to measure (default /var/tmp); what is made there is removed
# BUILD_DIR names another build directory than build/release.
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
build=${BUILD_DIR:-$root/build/release}
if [ ! -f "$build/build.ninja" ]; then
  cmake -S "$root" -B "$build" -G Ninja -DCMAKE_BUILD_TYPE=RelWithDebInfo >&2
fi
cmake --build "$build" --target tideoverd bench_echo tideover_bench >&2
exec "$build/tests/bench/tideover_bench" --programs "$build" --stub "$root/tests/bench/stub/stub.mjs" "$@"
