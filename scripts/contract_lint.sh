#!/usr/bin/env bash
# Lints openapi/openapi.json with Redocly and Spectral: every rule that they have, less those that
# contract/redocly.yaml and contract/spectral.yaml turn off, with the reason. A warning fails too.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source scripts/contract_tools.sh

export REDOCLY_TELEMETRY=off REDOCLY_SUPPRESS_UPDATE_NOTICE=true

redocly_lint() {
  # Without the frame around a note on the version of node.
  (cd contract && redocly lint --config redocly.yaml --max-problems 1000 ../openapi/openapi.json) 2>&1 |
    { grep -vE '^ +[╔║╚]|^$' || true; }
}

node_tools
seconds Redocly redocly_lint
seconds Spectral spectral lint --quiet --fail-severity hint --ruleset contract/spectral.yaml openapi/openapi.json
