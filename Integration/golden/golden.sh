#!/usr/bin/env bash
# Rewrites the networks' golden outputs with PyTorch; sets up a virtual environment on first use.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
venv=.venv-golden

if [[ ! -x $venv/bin/python ]]; then
  python3 -m venv "$venv"
  "$venv/bin/pip" install -q -r "$here/requirements.txt"
fi
"$venv/bin/python" "$here/write_network_golden.py"
