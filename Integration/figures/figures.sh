#!/usr/bin/env bash
# Measures the figures of the bundles' cards through the plugin: figures.sh STAGE
# Needs Python and PyPI; sets up a virtual environment and fetches TotalSegmentator's test files (38 MB).
set -euo pipefail
stage=$1
here=$(cd "$(dirname "$0")" && pwd)
venv=.venv-figures
reference=.build/figures/reference

"$here/../setup/venv.sh" "$venv" -r "$here/requirements.txt"
if [[ ! -d $reference ]]; then
  download=$(mktemp -d)
  trap 'rm -rf "$download"' EXIT
  # The sdist alone holds the CTs and their pseudo-labels; nothing of it is installed or run.
  "$venv/bin/pip" download -q --no-deps --no-binary :all: -d "$download" totalsegmentator==2.18.0
  mkdir -p "$download/sdist" .build/figures
  tar xzf "$download"/totalsegmentator-2.18.0.tar.gz -C "$download/sdist"
  mv "$download"/sdist/*/tests/reference_files "$reference"
fi
"$venv/bin/python" "$here/figures.py" "$stage/bin/islet" "$reference" ${PHANTOMS:+"$PHANTOMS"}
