#!/usr/bin/env bash
# Checks the Python package against the staged plugin: check.sh STAGE. Needs Python and PyPI.
# Builds the wheel, runs the README's example from it in a fresh virtual environment, then mypy and all tests.
set -euo pipefail
stage=$(cd "$1" && pwd)
here=$(cd "$(dirname "$0")" && pwd)
venv=$PWD/.venv-python
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
export ISLET_PLUGIN=$stage PYTHONDONTWRITEBYTECODE=1

"$here/../setup/venv.sh" "$venv" -r "$here/requirements.txt"
"$venv/bin/pip" wheel --quiet --no-deps --no-build-isolation --wheel-dir "$scratch" "$here"
wheel=$(echo "$scratch"/islet-*.whl)
echo "wheel: $(basename "$wheel"), $(stat -c %s "$wheel") bytes"

python3 -m venv "$scratch/fresh"
"$scratch/fresh/bin/pip" install --quiet --constraint "$here/requirements.txt" "${wheel}[nibabel]"
mkdir "$scratch/example"
cp "$here/../data/example_ct.nii.gz" "$scratch/example/ct.nii.gz"
echo "example of the README, from the wheel:"
(cd "$scratch/example" && "$scratch/fresh/bin/python" "$here/tests/readme.py")
[[ -s $scratch/example/mask.nii.gz ]]

"$venv/bin/mypy" --config-file "$here/pyproject.toml" --cache-dir "$scratch/mypy" "$here/src"
# The tests, too, see the package as the wheel brings it.
"$venv/bin/pip" install --quiet --no-deps --force-reinstall "$wheel"
"$venv/bin/python" -m pytest -q -c "$here/pyproject.toml" --rootdir "$here" "$here/tests"
