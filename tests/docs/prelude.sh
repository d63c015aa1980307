# What stands before the commands of a document when they are run by the suite.
set -euo pipefail

# A refused request is a failure of the document, unless it looks at the status itself.
curl() {
  local refused=(--fail-with-body)
  if [[ "$*" == *'%{http_code}'* ]]; then refused=(); fi
  command curl "${refused[@]}" --noproxy '*' --max-time 30 "$@"
}

# What would go on for ever is started, seen to work, and ended as an operator ends it. What ends by itself is forked from
# a process that has read the code (door.py), which spares Python seconds for each.
peerline() {
  case "${1-}" in
    serve | worker) _for_a_while peerline "$@" ;;
    # It asks for a password, twice.
    create-person) printf '%s\n' "$PEERLINE_DOCS_PASSWORD" "$PEERLINE_DOCS_PASSWORD" | _forked "$@" ;;
    *) _forked "$@" ;;
  esac
}

_forked() { "$PEERLINE_DOCS_PYTHON" -I -S "$PEERLINE_DOCS_CHECKOUT/tests/docs/door.py" "$@"; }

# The set-up is that of the suite itself; `make test` is what runs this.
make() {
  case "${1-}" in
    # On a folder of its own: a migration beside the demo's server would wait for it.
    run) PEERLINE_DATA_DIR=$PWD/of-make _for_a_while make --no-print-directory --old-file=.venv/.installed -C "$PEERLINE_DOCS_CHECKOUT" run ;;
    setup | test) command make --no-print-directory -C "$PEERLINE_DOCS_CHECKOUT" --dry-run "$@" >/dev/null ;;
    *) command make --no-print-directory -C "$PEERLINE_DOCS_CHECKOUT" "$@" ;;
  esac
}

_for_a_while() {
  local started ended=0
  setsid -- "$@" >>"$PEERLINE_DOCS_LOG" 2>&1 &
  started=$!
  for _ in $(seq 600); do
    kill -0 "$started" 2>/dev/null || break
    # A worker listens nowhere: that it would end in order is all there is to see (SIGTERM is caught: bit 14).
    if [ "$*" = "peerline worker" ]; then
      if (( 0x$(awk '/^SigCgt/ {print $2}' "/proc/$started/status") >> 14 & 1 )); then break; fi
      sleep 0.1
      continue
    fi
    if command curl --silent --fail --noproxy '*' --output /dev/null "http://127.0.0.1:$PEERLINE_PORT/readyz"; then break; fi
    sleep 0.1
  done
  kill -TERM -- "-$started" 2>/dev/null || { cat "$PEERLINE_DOCS_LOG"; echo "$* ended by itself"; return 1; }
  wait "$started" || ended=$?
  # make reports a signal as a failure of its own.
  [ "$ended" -eq 0 ] || [ "$1" = make ] || { cat "$PEERLINE_DOCS_LOG"; echo "$* ended with $ended"; return 1; }
}
