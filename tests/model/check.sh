#!/bin/bash
# Checks the model of a mutation's life (mutation.pml) with spin: the engine as it is must hold in
# every configuration, and each of the planted faults must be found out. One line for each run.
#
#   tests/model/check.sh            everything
#   tests/model/check.sh --show RUN...   one run of the table below, with spin's trail to the fault
set -euo pipefail
cd "$(dirname "$0")"
model=$PWD/mutation.pml
readonly model

# What must come out, what is searched (safe: assertions; live: the claim under weak fairness), and
# the macros. Lane 0 alone is TO=2, lane 1 alone FROM=2.
readonly runs='
holds   safe LEDGER TO=2 CRASHES=2 LOSSES=3
holds   safe VERIFY TO=2 CRASHES=2 LOSSES=3
holds   safe HOLD TO=2 CRASHES=2 LOSSES=3
holds   safe CLIENT_ID TO=2 CRASHES=2 LOSSES=3
holds   safe LEDGER FROM=2 CRASHES=2 LOSSES=3
holds   safe VERIFY FROM=2 CRASHES=2 LOSSES=3
holds   safe VERIFY LOSSES=1
holds   live LEDGER TO=2
holds   live VERIFY TO=2
holds   live HOLD TO=2
holds   live CLIENT_ID TO=2
holds   live VERIFY FROM=2 LOSSES=1
holds   live HOLD NO_PERSON LOSSES=0 RETRIES=0
refuted safe LEDGER TO=2 ACK_EARLY
refuted safe VERIFY TO=2 MARK_LOST
refuted safe VERIFY TO=2 MARK_FORGOTTEN
refuted safe LEDGER TO=2 NO_DEDUP
refuted safe LEDGER FROM=2 REORDER
refuted safe VERIFY FROM=2 ECHO_IGNORED
refuted safe LEDGER TO=2 FORGET_AMBIGUOUS
refuted safe CLIENT_ID TO=2 TRUST_REFUSAL
refuted safe VERIFY TO=2 EARLY_PROOF
refuted live LEDGER TO=2 DROP_ON_RETRY
refuted live LEDGER TO=2 POISON_RETRIED
refuted live LEDGER NO_PERSON POISON_BLOCKS CRASHES=0 LOSSES=0 RETRIES=0
refuted live VERIFY TO=2 NO_LIST
'

# build MODE MACROS...: the verifier `pan` in the present directory. Compiling takes longer than
# searching: not optimised.
build() {
  local mode=$1 macros=()
  shift
  local macro
  for macro in "$@"; do macros+=("-D$macro"); done
  spin "${macros[@]}" -a "$model" >/dev/null
  case $mode in
    safe) gcc -w -O0 -DSAFETY -DNOCLAIM -o pan pan.c ;;
    live) gcc -w -O0 -DNFAIR=4 -o pan pan.c ;;
    *) return 2 ;;
  esac
}

# search MODE: what pan says.
search() {
  case $1 in
    safe) ./pan -m200000 ;;
    live) ./pan -m1000000 -a -f ;;
  esac
}

# one WANTED MODE MACROS...: a line that begins with "ok" or "BAD".
one() {
  local wanted=$1 mode=$2 directory said errors states verdict=ok
  shift 2
  directory=$(mktemp -d)
  said=$(cd "$directory" && build "$mode" "$@" && search "$mode" 2>&1) || said+=' no result'
  rm -rf "$directory"
  errors=$(sed -n 's/.*errors: \([0-9]*\).*/\1/p' <<<"$said")
  states=$(awk '/states, stored/ { print $1 }' <<<"$said")
  # A search that did not come to its end shows nothing.
  if [[ $wanted == holds ]]; then
    [[ $errors == 0 ]] && ! grep -q 'max search depth too small' <<<"$said" || verdict=BAD
  else
    [[ -n $errors && $errors != 0 ]] || verdict=BAD
  fi
  printf '%-3s %-7s %s %s: %s errors, %s states\n' \
    "$verdict" "$wanted" "$mode" "$*" "${errors:-?}" "${states:-?}"
}

# show MODE MACROS...: the steps to the first fault.
show() {
  local mode=$1 directory
  shift
  directory=$(mktemp -d)
  cd "$directory"
  build "$mode" "$@"
  search "$mode" || true
  ./pan -r -n || true
  rm -rf "$directory"
}

case ${1:-} in
  --one)
    shift
    one "$@"
    exit 0
    ;;
  --show)
    shift
    show "$@"
    exit 0
    ;;
esac

began=$SECONDS
results=$(sed '/^$/d' <<<"$runs" | xargs -P "$(nproc)" -L 1 "$PWD/check.sh" --one)
sort -k2,2 -k3 <<<"$results"
good=$(grep -c '^ok ' <<<"$results" || true)
bad=$(($(grep -c . <<<"$runs") - good))
echo "model: $good as expected, $bad not, $((SECONDS - began)) s"
[[ $bad == 0 ]]
