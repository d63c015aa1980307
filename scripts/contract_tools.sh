# For the scripts beside it: `need PROGRAM...` and `node_tools`. Sourced, from the root of the tree.
# shellcheck shell=bash

say() { printf 'contract: %s\n' "$*"; }
fail() { printf 'contract: FAILED: %s\n' "$*" >&2; exit 1; }

need() {
  local program
  for program in "$@"; do
    command -v "$program" >/dev/null || fail "$program is not here. What make contract needs: node (20 or newer) with npm, and java (11 or newer)"
  done
}

# Installs what contract/package-lock.json pins, when that has changed.
node_tools() {
  need node npm
  local pinned=contract/package-lock.json installed=contract/node_modules/.installed
  if ! cmp -s "$pinned" "$installed"; then
    say "installing the tools that $pinned pins ..."
    (cd contract && npm ci --silent)
    cp "$pinned" "$installed"
  fi
  PATH=$PWD/contract/node_modules/.bin:$PATH
}

# seconds NAME COMMAND...: runs it, and says how long it took.
seconds() {
  local name=$1 from=$SECONDS
  shift
  "$@"
  say "$name: fine, $((SECONDS - from)) s"
}
