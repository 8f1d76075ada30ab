#!/usr/bin/env bash
# Rewrites the networks' golden outputs with PyTorch; sets up a virtual environment on first use.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
venv=.venv-golden

"$here/../setup/venv.sh" "$venv" -r "$here/requirements.txt"
"$venv/bin/python" "$here/write_network_golden.py"
