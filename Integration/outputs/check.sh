#!/usr/bin/env bash
# Reads every output format back with independent readers and validators: check.sh STAGE
# Needs Python and PyPI (nibabel, SimpleITK, pynrrd, slicerio, pydicom, highdicom, dcmqi) and Debian's dicom3tools.
set -euo pipefail
stage=$1
here=$(cd "$(dirname "$0")" && pwd)
venv=.venv-outputs

"$here/../setup/packages.sh" dicom3tools
"$here/../setup/venv.sh" "$venv" -r "$here/requirements.txt"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$venv/bin/python" -B "$here/check_outputs.py" "$stage/bin/islet" Models/recipes "$work"
