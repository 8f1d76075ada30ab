#!/usr/bin/env bash
# How fast a DICOM series is read, against pydicom + numpy, dcm2niix and SimpleITK in one interleaved run: images.sh STAGE OUTPUT
# The first time it makes a virtual environment (PyPI) and the series (0.2 GB). SLICES (300) and ROUNDS (5) may be set;
# PYTHON names another interpreter that has the peers.
set -euo pipefail
stage=$1
output=$2
here=$(cd "$(dirname "$0")" && pwd)
root=$here/../../..
slices=${SLICES:-300}
python=${PYTHON:-}

if [[ -z $python ]]; then
  "$root/Integration/setup/venv.sh" .venv-images -r "$here/requirements.txt"
  python=$PWD/.venv-images/bin/python
fi
series=$output/series-$slices
[[ -d $series/jpeg-ls ]] || "$python" "$here/make_series.py" "$root/Integration/data/example_ct.nii.gz" "$series" --slices "$slices"
"$stage/bin/islet" bench images --series "$series/uncompressed" --series "$series/jpeg-ls" --peers "$here/peer.py" \
  --python "$python" --rounds "${ROUNDS:-5}" --output "$output"
echo "results: $output/images.json (research use only, not for diagnosis)"
