#!/usr/bin/env bash
# Makes clients of openapi/openapi.json in build/clients, and checks them as far as can be done here: TypeScript and
# Python are type-checked. Kotlin and Swift are generated, without a complaint and with every operation; compiling them
# takes toolchains of their own.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source scripts/contract_tools.sh

out=$PWD/build/clients
python=$PWD/.venv/bin/python

typescript() {
  # Fields with a default may be left out of what is sent.
  openapi-typescript openapi/openapi.json --default-non-nullable=false --output contract/typescript/peerline.d.ts >/dev/null
  tsc --project contract/typescript
}

python_client() {
  mkdir -p "$out/python"
  "$python" scripts/python_client.py "$out/python" >/dev/null
  (cd "$out/python" && "$python" -m mypy --strict --no-warn-unreachable --no-error-summary peerline_client)
}

# openapi-generator is a program in Java inside a Python package, with an environment of its own.
openapi_generator() {
  local place=$PWD/build/openapi-generator
  if ! cmp -s requirements/contract.lock "$place/.installed"; then
    say "installing openapi-generator ..."
    "$python" -m uv venv --quiet --clear "$place"
    "$python" -m uv pip install --quiet --python "$place" --require-hashes -r requirements/contract.lock
    cp requirements/contract.lock "$place/.installed"
  fi
  "$place/bin/openapi-generator-cli" "$@"
}

# An enum may grow: what a client does not know becomes a value of its own.
generated() {
  local language=$1 generator=$2 method=$3 more=${4:-} log=$out/$1.log
  openapi_generator generate --input-spec openapi/openapi.json --generator-name "$generator" --output "$out/$language" \
    --additional-properties="enumUnknownDefaultCase=true$more" >"$log" 2>&1 || { tail -n 20 "$log" >&2; return 1; }
  if grep -E ' ERROR |unsupported|not supported' "$log" >&2; then return 1; fi
  "$python" scripts/contract_operations.py "$out/$language" "$method"
}

rm -rf "$out"
mkdir -p "$out"
need java
node_tools
seconds TypeScript typescript
seconds Python python_client
# Without wrappers, a body that is one of several (sign-in has one) is an interface that none of them implements.
seconds "Kotlin, not compiled" generated kotlin kotlin '\bfun {}\(' ,serializationLibrary=gson,generateOneOfAnyOfWrappers=true
seconds "Swift, not compiled" generated swift swift6 '\bfunc {}\('
