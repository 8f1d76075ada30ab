#!/usr/bin/env bash
# What bfloat16, int8 and the fast quality change in the masks of the shipped bundles: fidelity.sh STAGE OUTPUT
# CASES (8) synthetic CTs that no training has seen, and the real CT of the repository. Writes OUTPUT/<bundle>.islet, a
# calibrated copy of each bundle, and prints its record.
set -euo pipefail
stage=$1
output=$2
root=$(cd "$(dirname "$0")/../.." && pwd)
cases=${CASES:-8}
mkdir -p "$output"

"$stage/bin/islet" phantom --seed 770000 --count "$cases" --output "$output/cases" --quiet \
  --atlas "$stage/share/islet/atlas/labels.nii.gz" --atlas-table "$stage/share/islet/atlas/table.json"
for bundle in "$root"/Models/{pancreas,spleen,liver}-0.3.0.islet; do
  copy=$output/$(basename "$bundle")
  "$stage/bin/islet" bundle calibrate "$bundle" "$output"/cases/*/ct.nii.gz "$root/Integration/data/example_ct.nii.gz" \
    --cohort "$cases synthetic CTs of the atlas (seeds from 770000) and example_ct" --output "$copy"
  "$stage/bin/islet" bundle inspect "$copy" | grep fidelity
done
