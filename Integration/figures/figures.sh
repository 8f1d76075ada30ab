#!/usr/bin/env bash
# Measures the first weights on their phantoms through the plugin: figures.sh STAGE
# Needs Python and PyPI; sets up a virtual environment.
set -euo pipefail
stage=$1
here=$(cd "$(dirname "$0")" && pwd)
venv=.venv-figures

"$here/../setup/venv.sh" "$venv" -r "$here/requirements.txt"
"$venv/bin/python" "$here/figures.py" "$stage/bin/islet" ${PHANTOMS:+"$PHANTOMS"}
