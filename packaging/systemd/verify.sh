#!/bin/bash
# Holds the units against systemd's own rules: that they parse, and how much they leave open.
# Wants build/release/daemon/tideoverd, since a unit whose program is missing does not verify.
set -euo pipefail
cd "$(dirname "$0")/../.."
# systemd's score times ten; 1.5 of 10 is what the daemon's own needs (network, home) leave.
readonly exposure_max=15

units=$(mktemp -d)
trap 'rm -rf "$units"' EXIT
export XDG_RUNTIME_DIR=${XDG_RUNTIME_DIR:-$units}
cp packaging/systemd/*.socket "$units/"
sed "s|/usr/bin/tideoverd|$PWD/build/release/daemon/tideoverd|" \
  packaging/systemd/tideoverd.service >"$units/tideoverd.service"

said=$(systemd-analyze --user verify --man=no --recursive-errors=no "$units"/tideoverd.* 2>&1) || {
  printf '%s\n' "$said" >&2
  exit 1
}
# Older releases say what is wrong and exit with 0.
if [[ -n $said ]]; then
  printf '%s\n' "$said" >&2
  exit 1
fi
# The score is reckoned as for a system service; a user's systemd never runs one as root.
sed -i 's/^Type=notify$/&\nUser=somebody/' "$units/tideoverd.service"
systemd-analyze security --offline=true --no-pager --threshold=$exposure_max \
  "$units/tideoverd.service" | tail -n 1
