#!/usr/bin/env bash
# Builds the package, installs it beside the locked run-time requirements in a fresh environment, and uses it from an
# empty folder as a new user would: no settings, no checkout. Ends with "smoke: passed", or says what was wrong.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

root=$PWD
tools=$root/.venv/bin/python
place=$(mktemp -d)
server=

finish() {
  local status=$?
  if [ -n "$server" ]; then
    kill -KILL "$server" 2>/dev/null || true
    wait "$server" 2>/dev/null || true
  fi
  if [ "$status" -ne 0 ] && [ -s "$place/serve.log" ]; then
    echo "--- what the server printed:" >&2
    tail -n 50 "$place/serve.log" >&2
  fi
  rm -rf "$place"
  exit "$status"
}
trap finish EXIT

say() { printf 'smoke: %s\n' "$*"; }
fail() { printf 'smoke: FAILED: %s\n' "$*" >&2; exit 1; }

# request METHOD PATH [BODY] [TOKEN]: the answer's body goes to $place/body, its status to $status.
request() {
  local method=$1 path=$2 body=${3:-} token=${4:-}
  if command -v curl >/dev/null; then
    local options=(--silent --show-error --noproxy '*' --max-time 20 --request "$method" --output "$place/body" --write-out '%{http_code}')
    if [ -n "$body" ]; then options+=(--header 'Content-Type: application/json' --data "$body"); fi
    if [ -n "$token" ]; then options+=(--header "Authorization: Bearer $token"); fi
    status=$(curl "${options[@]}" "$base$path") || status=000
  else
    status=$("$python" - "$method" "$base$path" "$place/body" "$body" "$token" <<'PYTHON'
import sys, urllib.error, urllib.request
method, url, target, body, token = sys.argv[1:]
request = urllib.request.Request(url, method=method, data=body.encode() or None)
if body:
    request.add_header("Content-Type", "application/json")
if token:
    request.add_header("Authorization", f"Bearer {token}")
try:
    answer = urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=20)
except urllib.error.HTTPError as refused:
    answer = refused
except OSError:
    sys.exit("000")
with open(target, "wb") as file:
    file.write(answer.read())
print(answer.status)
PYTHON
    ) || status=000
  fi
}

# expect STATUS WHAT: the last answer has this status.
expect() {
  [ "$status" = "$1" ] || fail "$2: status $status instead of $1: $(head -c 2000 "$place/body" 2>/dev/null)"
  say "$2: $status"
}

# field EXPRESSION: a Python expression over the last answer, `it`; its value is printed, and must be true.
field() {
  "$python" - "$place/body" "$1" <<'PYTHON' || fail "the answer has no $1: $(head -c 2000 "$place/body")"
import json, sys
it = json.load(open(sys.argv[1], encoding="utf-8"))
value = eval(sys.argv[2])
if not value:
    sys.exit(1)
print(value)
PYTHON
}

say "building the wheel"
"$tools" -m build --wheel --no-isolation --outdir "$place/dist" . >"$place/build.log" 2>&1 || { cat "$place/build.log" >&2; fail "build"; }
wheels=("$place"/dist/*.whl)
[ "${#wheels[@]}" -eq 1 ] && [ -f "${wheels[0]}" ] || fail "one wheel expected, found: ${wheels[*]}"

say "installing ${wheels[0]##*/} and requirements/run.lock into a fresh environment"
"$tools" -m venv --without-pip "$place/env"
if "$tools" -m pip --version >/dev/null 2>&1; then pip=("$tools" -m pip); else pip=("${PYTHON:-python3}" -m pip); fi
python=$place/env/bin/python
pip+=(--python "$python")
scripts/install_locked.sh requirements/run.lock "$python" "$tools" "${pip[@]}"
"${pip[@]}" install -qq --disable-pip-version-check --no-deps --no-index "${wheels[0]}"
peerline=$place/env/bin/peerline

for name in ${!PEERLINE_*}; do unset "$name"; done
unset PYTHONPATH
mkdir "$place/empty"
cd "$place/empty"
PEERLINE_PORT=$("$python" -c '
import random, socket
while True:
    port = random.randrange(15000, 32000)
    with socket.socket() as probe:
        if probe.connect_ex(("127.0.0.1", port)):
            break
print(port)')
export PEERLINE_PORT
base=http://127.0.0.1:$PEERLINE_PORT

say "peerline migrate"
"$peerline" migrate
say "peerline demo seed"
"$peerline" demo seed
say "peerline serve on port $PEERLINE_PORT"
"$peerline" serve >"$place/serve.log" 2>&1 &
server=$!
for _ in {1..300}; do
  request GET /healthz 2>/dev/null
  [ "$status" = 200 ] && break
  kill -0 "$server" 2>/dev/null || fail "the server ended by itself"
  sleep 0.2
done
expect 200 "GET /healthz"
request GET /readyz
expect 200 "GET /readyz"

request GET /v1/schools/harbour/help-now
expect 200 "GET /v1/schools/harbour/help-now"
field 'len(json.dumps(it)) > 200' >/dev/null

request POST /v1/schools/harbour/reports '{"signs": ["withdrawn_or_keeping_to_self"]}'
expect 201 "POST /v1/schools/harbour/reports"
receipt=$(field 'it["receipt"]')
field 'it["help_now"]' >/dev/null
field 'it["expect"]["read_by"]' >/dev/null

request POST /v1/receipts/session "{\"receipt\": \"$receipt\"}"
expect 200 "POST /v1/receipts/session"
token=$(field 'it["access_token"]')

request GET /v1/me/report "" "$token"
expect 200 "GET /v1/me/report"
field 'it["status"] == "received"' >/dev/null

request GET /v1/me/report
expect 401 "GET /v1/me/report without a token"
field 'it["help"]' >/dev/null

say "SIGTERM"
kill -TERM "$server"
for _ in {1..100}; do
  kill -0 "$server" 2>/dev/null || break
  sleep 0.1
done
kill -0 "$server" 2>/dev/null && fail "the server still runs 10 s after SIGTERM"
ended=0
wait "$server" || ended=$?
server=
[ "$ended" -eq 0 ] || fail "the server ended with $ended after SIGTERM"
if grep -q Traceback "$place/serve.log"; then fail "the server printed a traceback"; fi
[ -d data ] || fail "the data did not go into ./data"

say "passed"
