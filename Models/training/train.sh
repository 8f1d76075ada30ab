#!/usr/bin/env bash
# Trains the networks of a plan and packs its bundles: train.sh STAGE [OPTIONS OF run.py]
# Needs PyPI; sets up a virtual environment. Environment: PLAN (cohort-folds or shipped, or a file), COHORT (a folder;
# made with `islet cohort` when missing), STREAM (a folder with a set "training"; made with `islet phantom` for the
# plan shipped), OUTPUT. Killed and started again it goes on where it was.
set -euo pipefail
stage=$1
shift
here=$(cd "$(dirname "$0")" && pwd)
venv=.venv-train
plan=${PLAN:-cohort-folds}
output=${OUTPUT:-output/training}
[[ -f $plan ]] || plan=$here/plans/$plan.json

"$here/../../Integration/setup/venv.sh" "$venv" -r "$here/requirements.txt"
if [[ -z ${COHORT:-} ]]; then
  COHORT=$output/cohort
  "$stage/bin/islet" cohort --output "$COHORT"
fi
training=$COHORT
if [[ $plan == */shipped.json && -z ${STREAM:-} ]]; then
  # Volumes of label maps alone, from seeds that no case of the cohort has.
  STREAM=$output/stream
  "$stage/bin/islet" phantom --seed 20000 --count 240 --output "$STREAM" \
    --atlas "$stage/share/islet/atlas/labels.nii.gz" --atlas-table "$stage/share/islet/atlas/table.json"
fi
if [[ -n ${STREAM:-} ]]; then training=$STREAM; fi
"$venv/bin/python" "$here/run.py" "$plan" --cohort "$training" --held-out-cohort "$COHORT" \
  --output "$output" --islet "$stage/bin/islet" "$@"
"$venv/bin/python" "$here/curves.py" "$output"
