#!/usr/bin/env bash
# Rewrites the fixtures of Tests/ImportTests with protobuf, PyTorch and OpenCV; makes a virtual environment on first use.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)

"$here/../setup/venv.sh" .venv-import -r "$here/requirements.txt"
.venv-import/bin/python "$here/write_fixtures.py"
