#!/usr/bin/env bash
# supply_chain.sh audit: looks up every locked requirement of the service in the advisories on PyPI, and fails when one is
#   known to be vulnerable, and when one could not be looked up: nothing is known of it then. Needs the internet.
# supply_chain.sh sbom: writes dist/peerline.cdx.json, a CycloneDX bill of what `requirements/run.lock` installs on this
#   machine, with versions, licences and what needs what. The same requirements give the same file.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

tools=$PWD/.venv/bin/python
place=$PWD/build/supply

fail() { printf 'supply chain: FAILED: %s\n' "$*" >&2; exit 1; }

if ! cmp -s requirements/supply.lock "$place/.installed"; then
  "$tools" -m uv venv --quiet --clear "$place"
  scripts/install_locked.sh requirements/supply.lock "$place/bin/python" "$tools" "$tools" -m pip --python "$place/bin/python"
  cp requirements/supply.lock "$place/.installed"
fi

audit() {
  # --strict: what could not be looked up is a failure, too.
  "$place/bin/pip-audit" --requirement requirements/run.lock --require-hashes --disable-pip --strict --progress-spinner off ||
    fail "see above. An upgrade: make lock UP=--upgrade-package=NAME"
}

sbom() {
  local environment=$place-environment
  "$tools" -m uv venv --quiet --clear "$environment"
  scripts/install_locked.sh requirements/run.lock "$environment/bin/python" "$tools" "$tools" -m pip --python "$environment/bin/python"
  mkdir -p dist
  "$place/bin/cyclonedx-py" environment --pyproject pyproject.toml --mc-type application --output-reproducible \
    --sv 1.6 --of JSON --output-file dist/peerline.cdx.json "$environment/bin/python"
  "$tools" - dist/peerline.cdx.json requirements/run.lock <<'PYTHON'
"""Every requirement of this machine is in the bill, in its locked version, and nothing is that is not locked."""
import json, re, sys
from packaging.markers import Marker
from packaging.utils import canonicalize_name

bill, lock = (open(path, encoding="utf-8").read() for path in sys.argv[1:])
listed = {canonicalize_name(each["name"]): each["version"] for each in json.loads(bill)["components"]}
locked = {
    canonicalize_name(name): version
    for name, version, marker in re.findall(r"^([\w.-]+)(?:\[[^]]*\])?==([^ \\;]+)(?: ; ([^\\\n]+))?", lock, re.MULTILINE)
    if not marker or Marker(marker.strip()).evaluate()
}
if listed != locked:
    sys.exit(f"The bill and the lock differ: {sorted(set(listed.items()) ^ set(locked.items()))}")
print(f"dist/peerline.cdx.json lists {len(listed)} components.")
PYTHON
}

case ${1:-} in
  audit | sbom) "$1" ;;
  *) fail "audit or sbom?" ;;
esac
