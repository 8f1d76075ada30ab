#!/usr/bin/env bash
# Networks of the paper's size through `islet bundle import`, against PyTorch and OpenCV: check_import.sh STAGE OUTPUT [c2f] [rstn]
# Makes a virtual environment on first use (PyPI). Needs 11 GB of disk; the weights are random and removed afterwards.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
stage=$1
output=$2
shift 2

"$here/../setup/venv.sh" .venv-import -r "$here/requirements.txt"
mkdir -p "$output"
cases=$(cd "$output" && pwd)
.venv-import/bin/python "$here/check_import.py" "$stage/bin/islet" "$cases" "$@"
ISLET_STRICT=1 swift build --build-tests
ISLET_STRICT=1 ISLET_IMPORT_CASES=$cases swift test --skip-build --filter networksOfFullSizeAnswerAsTheOthers
rm -rf "$cases"/case-*
