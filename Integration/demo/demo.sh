#!/usr/bin/env bash
# Segments the CTs of the repository with the shipped bundles: demo.sh STAGE OUTPUT
set -euo pipefail
stage=$1
output=$2
data=Integration/data
models=$stage/share/islet/models

segment() { # segment NAME INPUT BUNDLE
  echo "== $1"
  "$stage/bin/islet" segment "$2" --bundle "$models/$3" --output "$output/$1"
}

segment example-ct-pancreas $data/example_ct.nii.gz pancreas-0.4.0.islet
segment example-ct-spleen $data/example_ct.nii.gz spleen-0.3.0.islet
segment example-ct-liver $data/example_ct.nii.gz liver-0.3.0.islet
segment phantom-3000-pancreas $data/phantom-3000-ct.nii.gz pancreas-phantom-native-0.1.0.islet

cat <<TEXT

A real CT (pancreas, spleen, liver) and a synthetic phantom are segmented. In each folder of
  $output
lie mask.nii.gz and probability.nii.gz for a viewer, result.json, and to look at:
  report.html, overlay-axial.jpg, overlay-coronal.jpg, overlay-sagittal.jpg
Research use only, not for diagnosis.
TEXT
