#!/usr/bin/env bash
# Makes a Python virtual environment once, wholly or not at all: venv.sh FOLDER PIP-ARGUMENTS...
# Needs PyPI; Debian keeps venv in a package of its own, which is installed when missing.
set -euo pipefail
folder=$1
shift

[[ ! -e $folder/complete ]] || exit 0
"$(dirname "$0")/packages.sh" python3 python3-venv
echo "setup: making $folder"
rm -rf "$folder"
python3 -m venv "$folder"
"$folder/bin/pip" install --quiet "$@"
touch "$folder/complete"
