#!/usr/bin/env bash
# install_locked.sh LOCK PYTHON UV_PYTHON PIP...: installs what LOCK pins, with its hashes and nothing besides, into the
# environment of PYTHON. uv, of the environment of UV_PYTHON, does it in a tenth of pip's time. Where uv is not there or
# cannot (behind an index or a proxy that only pip is told of, say), the command PIP does it.
set -euo pipefail

lock=$1 python=$2 uv=("$3" -m uv) pip=("${@:4}")

# The index that pip would take, unless uv has been told of its own.
index=${UV_DEFAULT_INDEX:-${PIP_INDEX_URL:-$("${pip[@]}" config get global.index-url 2>/dev/null || true)}}
if [ -n "$index" ]; then export UV_DEFAULT_INDEX=$index; fi

"${uv[@]}" pip install --quiet --python "$python" --no-deps --require-hashes -r "$lock" 2>/dev/null ||
  "${pip[@]}" install -qq --disable-pip-version-check --no-deps --require-hashes -r "$lock"
