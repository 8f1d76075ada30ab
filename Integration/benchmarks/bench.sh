#!/usr/bin/env bash
# Our engine against PyTorch, ONNX Runtime and OpenVINO, then a whole volume: bench.sh STAGE OUTPUT
# The first time it makes a virtual environment (PyPI, 1 GB). PYTHON names another interpreter that has the peers;
# ROUNDS (5), VOLUME_SHARE (1: every slice; N: one in N, extrapolated and named so) and THREADS (2) may be set.
set -euo pipefail
stage=$1
output=$2
here=$(cd "$(dirname "$0")" && pwd)
root=$here/../..
ct=$root/Integration/data/example_ct.nii.gz
python=${PYTHON:-}

if [[ -z $python ]]; then
  "$root/Integration/setup/venv.sh" .venv-bench -r "$here/peers/requirements.txt"
  python=$PWD/.venv-bench/bin/python
fi

engine() { # engine NAME ARGUMENTS...
  "$stage/bin/islet" bench engine --ct "$ct" --peers "$here/peers" --python "$python" --rounds "${ROUNDS:-5}" \
    --threads "${THREADS:-2}" --output "$output/$1" "${@:2}"
}

echo "the paper's network, one slice:"
engine paper
echo "the same with channels / 8:"
engine slim --topology "$here/slim.json"
"$python" "$here/peers/plot.py" "$output/paper/engine.json" "$output/slim/engine.json" "$output/engine.png"

# The mask only gives the fine rounds boxes of a pancreas: pseudo-labels of the same CT, see Models/training/atlas.
# int8 needs ranges of activations, which a bundle of random weights has none of.
for precision in float32 bfloat16; do
  echo "a whole volume, $precision:"
  "$stage/bin/islet" bench volume --ct "$ct" --mask "$root/Models/training/atlas/labels.nii.gz" --mask-value "${MASK_VALUE:-7}" \
    --precision "$precision" --share "${VOLUME_SHARE:-8}" --threads "${THREADS:-2}" --output "$output/volume-$precision"
done
echo "results: $output (research use only, not for diagnosis)"
