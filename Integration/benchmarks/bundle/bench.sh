#!/usr/bin/env bash
# Loading weights: the bundle against safetensors and PyTorch, with the environment of the importers' checks (PyPI):
# bench.sh STAGE OUTPUT [RESULT.json]. Needs 8 GB of disk for a while and a quiet machine.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
stage=$1
output=$2

"$here/../../setup/venv.sh" .venv-import -r "$here/../../import/requirements.txt"
mkdir -p "$output"
.venv-import/bin/python "$here/bench.py" prepare "$stage/bin/islet" "$output/files"
.venv-import/bin/python "$here/bench.py" measure "$stage/bin/islet" "$output/files" "${3:-$output/bundle.json}"
rm -rf "$output/files"
