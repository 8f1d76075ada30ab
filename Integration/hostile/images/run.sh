#!/usr/bin/env bash
# Thousands of damaged images by seed, then other readers on those that were read: run.sh TOOL STAGE OUTPUT
# The first time it makes a virtual environment (PyPI). DICOM (4000) and OTHER (1000) set the numbers of cases; PYTHON
# names another interpreter that has the readers. pydicom's own test files are bases too.
set -euo pipefail
tool=$1
stage=$2
output=$3
here=$(cd "$(dirname "$0")" && pwd)
root=$here/../../..
python=${PYTHON:-}

if [[ -z $python ]]; then
  "$root/Integration/setup/venv.sh" .venv-hostile-images -r "$here/requirements.txt"
  python=$PWD/.venv-hostile-images/bin/python
fi
mkdir -p "$output/pydicom"
"$python" "$here/pydicom_bases.py" "$output/pydicom"
status=0
for kind in dicom other; do
  rm -rf "${output:?}/$kind"
  mkdir -p "$output/$kind"
  [[ $kind == dicom ]] && cases=${DICOM:-4000} || cases=${OTHER:-1000}
  "$tool" --kind "$kind" --seeds "0..$cases" --bases "$root/Tests/ImageFilesTests/Syntaxes:$output/pydicom" \
    --reader "$stage/lib/islet/islet-dicom" --keep "$output/$kind" >"$output/$kind.json" || status=1
  "$python" "$here/compare.py" "$output/$kind.json" "$output/$kind" || status=1
done
exit "$status"
