#!/bin/bash
# Builds Tideover, starts the to-do backend and the daemon on this machine, and shows the story of
# the README: offline writes, kill -9, reconciliation. Leaves both running to be played with.
#
#   packaging/try.sh           all of it; begins anew each time
#   packaging/try.sh --step    waits for Enter before each chapter
#   packaging/try.sh --check   for CI: stops everything at the end
#   packaging/try.sh --stop    stops what an earlier run left running
#
# Exits with 1 when any chapter does not show what it should. Everything it makes is in build/.
set -euo pipefail
cd "$(dirname "$0")/.."
readonly try=$PWD/build/try log=$PWD/build/try-build.log
readonly bin=$PWD/build/release
# shellcheck source=packaging/node.sh
. packaging/node.sh

mode=show
case "${1:-}" in
  '') ;;
  --step) mode=step ;;
  --check) mode=check ;;
  --stop) mode=stop ;;
  *)
    sed -n '2,10s/^# \{0,1\}//p' "$0" >&2
    exit 2
    ;;
esac

# --- The two processes ----------------------------------------------------------------------------

# A process id in a file is ours only if that process still is what we started.
is_running() {
  local pid
  pid=$(cat "$try/$1.pid" 2>/dev/null) || return 1
  [[ -r /proc/$pid/cmdline ]] && tr '\0' ' ' <"/proc/$pid/cmdline" | grep -qF -- "$try"
}

is_stopped() { ! is_running "$1"; }

stop() {
  local name=$1 signal=${2:-TERM}
  is_running "$name" || return 0
  kill "-$signal" "$(cat "$try/$name.pid")"
  wait_until 15 "$name to stop" is_stopped "$name"
  rm -f "$try/$name.pid"
}

# start NAME COMMAND...: in a session of its own, so that it outlives this script.
start() {
  local name=$1
  shift
  setsid "$@" >>"$try/$name.out" 2>>"$try/$name.log" </dev/null &
  disown
  echo $! >"$try/$name.pid"
}

# wait_until SECONDS WHAT COMMAND...: until COMMAND succeeds; ends the script when it does not.
wait_until() {
  local deadline=$((SECONDS + $1)) what=$2
  shift 2
  until "$@" >/dev/null 2>&1; do
    if ((SECONDS >= deadline)); then
      echo "try: gave up waiting for $what" >&2
      tail -n 20 "$try"/*.log >&2
      exit 1
    fi
    sleep 0.1
  done
}

# ready KEY: a value of the line that the backend prints when it can be used.
ready() {
  sed -n 's/^READY //p' "$try/backend.out" | tail -n 1 |
    node -pe 'JSON.parse(require("fs").readFileSync(0, "utf8"))[process.argv[1]]' "$1"
}

backend_is_ready() { [[ $(grep -c '^READY ' "$try/backend.out") -ge $backend_starts ]]; }

backend_starts=0
backend_ports=(--port 0 --cognito-port 0 --control-port 0)
start_backend() {
  backend_starts=$((backend_starts + 1))
  (cd packaging/backend && start backend node --import tsx local/main.ts \
    --data "$try/backend" "${backend_ports[@]}")
  wait_until 60 "the backend" backend_is_ready
  if [[ $backend_starts == 1 ]]; then
    # It comes back where it was.
    backend_ports=(--port "$(port_of graphqlUrl)" --cognito-port "$(port_of cognitoEndpoint)"
      --control-port "$(port_of controlUrl)")
  fi
}

port_of() { ready "$1" | sed 's|.*:\([0-9]*\).*|\1|'; }

daemon_answers() { tideover status; }

start_daemon() {
  start daemon "$bin/daemon/tideoverd" --config "$try/tideover.toml"
  wait_until 15 "the daemon" daemon_answers
}

tideover() { "$bin/clients/cli/tideover" "$@"; }

# --- Telling the story ----------------------------------------------------------------------------

if [[ -t 1 ]]; then
  readonly bold=$'\e[1m' green=$'\e[32m' red=$'\e[31m' plain=$'\e[0m'
else
  readonly bold='' green='' red='' plain=''
fi

chapter() {
  printf '\n%s%s%s\n' "$bold" "$1" "$plain"
  if [[ $mode == step ]]; then read -r -p '(Enter) ' _; fi
}

# Shows a command as one would type it, and what it says.
run() {
  local words='' word
  for word in "$@"; do
    if [[ $word == *[\ \{\"]* ]]; then words+=" '$word'"; else words+=" $word"; fi
  done
  printf '\n%s$%s%s\n' "$bold" "$words" "$plain"
  "$@" || true
}

passed=0
failed=0
# check CLAIM COMMAND...: the claim is true when the command succeeds.
check() {
  local claim=$1
  shift
  if "$@" >/dev/null 2>&1; then
    passed=$((passed + 1))
    printf '%s  ✓ %s%s\n' "$green" "$claim" "$plain"
  else
    failed=$((failed + 1))
    printf '%s  ✗ %s%s\n' "$red" "$claim" "$plain"
  fi
}

# says EXPRESSION COMMAND...: a JavaScript expression over `it`, the JSON that the command prints.
says() {
  local expression=$1
  shift
  "$@" --json 2>/dev/null | node -e '
    const it = JSON.parse(require("fs").readFileSync(0, "utf8"));
    process.exit(eval(process.argv[1]) ? 0 : 1);' "$expression"
}

outbox_is_empty() { says 'it.mutations.length === 0' tideover outbox ls; }

# The documents that the server itself has, from its own side door.
server_documents() { server_get documents; }
server_get() {
  node -e 'fetch(process.argv[1]).then(async (a) => console.log(await a.text()))' \
    "$(ready controlUrl)/$1"
}
server_contents() {
  server_documents | node -pe '
    JSON.parse(require("fs").readFileSync(0, "utf8")).map((d) => d.content).sort().join("|")'
}
server_has() { [[ $(server_contents) == "$1" ]]; }

# --- Chapters -------------------------------------------------------------------------------------

build() {
  chapter 'Building (log: build/try-build.log)'
  packaging/install-deps.sh --build-only
  node_is_there
  cmake --preset release >"$log"
  if [[ -t 1 ]]; then
    cmake --build --preset release --target tideoverd tideover
  else
    cmake --build --preset release --target tideoverd tideover >>"$log" || {
      tail -n 40 "$log" >&2
      exit 1
    }
  fi
  npm_ci_backend packaging/backend
}

write_config() {
  # A path to a socket has at most 107 bytes.
  socket=$try/tideover.sock
  if ((${#socket} > 100)); then socket=$(mktemp -d)/tideover.sock; fi
  export TIDEOVER_SOCKET=$socket
  {
    echo "state_dir = \"$try/state\""
    echo "socket = \"$socket\""
    sed "s|{{AMPLIFY_OUTPUTS}}|$(ready amplifyOutputs)|" packaging/try.toml
  } >"$try/tideover.toml"
  {
    echo "export TIDEOVER_SOCKET=$socket"
    echo "export PATH=$bin/clients/cli:$bin/daemon:\$PATH"
  } >"$try/env"
}

start_all() {
  chapter 'The backend (AppSync over Lambda functions, Cognito) and the daemon, on this machine'
  rm -rf "$try"
  mkdir "$try"
  chmod 700 "$try"
  start_backend
  write_config
  start_daemon
  echo "GraphQL at $(ready graphqlUrl), tideoverd at $socket"
  check 'the daemon answers on its socket' daemon_answers
}

sign_in() {
  chapter 'Sign in; the tokens stay with the daemon'
  printf '\n%s$ tideover login %s%s\n' "$bold" "$(ready username)" "$plain"
  ready password | tideover login "$(ready username)" --password-stdin
  check 'signed in' says 'it.state === "IDENTITY_STATE_SIGNED_IN"' tideover whoami
}

online() {
  chapter 'Online: a write goes to the server'
  run tideover put todos '{"content":"buy milk"}' --wait
  run tideover query todos
  check 'the server has it' server_has 'buy milk'
}

offline() {
  chapter 'The backend goes away. Writes are answered at once, from this disk'
  stop backend
  milk=$(tideover query todos --json |
    node -pe 'JSON.parse(require("fs").readFileSync(0, "utf8")).documents[0].id')
  run tideover put todos '{"content":"water the plants"}'
  run tideover put todos '{"content":"call Ada"}'
  run tideover patch todos "$milk" '{"content":"buy oat milk"}'
  run tideover query todos
  run tideover outbox ls
  ada=$(tideover query todos --filter '{"content":{"eq":"call Ada"}}' --json |
    node -pe 'JSON.parse(require("fs").readFileSync(0, "utf8")).documents[0].id')
  check 'reads show the writes' says \
    'it.documents.map((d) => d.json.content).sort().join("|") ===
       "buy oat milk|call Ada|water the plants"' tideover query todos
  check 'three mutations wait' says 'it.mutations.length === 3' tideover outbox ls
}

killed() {
  chapter 'kill -9'
  stop daemon KILL
  printf '\n%s$ kill -9 tideoverd; tideover status%s\n' "$bold" "$plain"
  local code=0
  tideover status || code=$?
  check 'the daemon is gone (exit code 3)' test "$code" = 3
  start_daemon
  run tideover outbox ls
  check 'after the restart all three are still there' \
    says 'it.mutations.length === 3' tideover outbox ls
  check 'and reads show them' says 'it.documents.length === 3' tideover query todos
}

reconciled() {
  chapter 'The backend comes back'
  start_backend
  wait_until 60 'the outbox to settle' outbox_is_empty
  run tideover outbox ls
  run tideover query todos
  check 'the outbox is empty' outbox_is_empty
  check 'the server has all three, each once' server_has 'buy oat milk|call Ada|water the plants'
  check 'nothing is marked as pending' says 'it.documents.every((d) => !d.pending)' \
    tideover query todos
  check 'every document has the id that the server chose' says \
    'it.documents.every((d) => /^[0-9a-f]{24}$/.test(d.id))' tideover query todos
  run tideover get todos "$ada"
  check 'and the id from before still finds it' says \
    'it.document.json.content === "call Ada"' tideover get todos "$ada"
  run tideover status
}

farewell() {
  cat <<END

${bold}Both are left running.${plain} Play with them:

  . build/try/env                       # socket and PATH for this shell
  tideover watch todos                  # in another terminal: every change
  tideover put todos '{"content":"…"}'
  tideover network offline              # and back: tideover network auto
  curl $(ready controlUrl)/documents    # what the server has
  curl $(ready controlUrl)/faults -d '{"kind":"lost_answer","operation":"addTodo","times":1}'

Logs: build/try/daemon.log, build/try/backend.log
Stop: packaging/try.sh --stop
END
}

stop_all() {
  stop daemon
  stop backend
}

if [[ $mode == stop ]]; then
  stop_all
  exit 0
fi
if [[ $mode == check ]]; then trap stop_all EXIT; fi

mkdir -p build
build
stop_all
start_all
sign_in
online
offline
killed
reconciled
if [[ $mode != check ]]; then farewell; fi
printf '\ntry: %d shown, %d failed\n' "$passed" "$failed"
[[ $failed == 0 ]]
