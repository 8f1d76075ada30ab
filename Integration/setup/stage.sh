#!/usr/bin/env bash
# Lays the built files out as they will be installed: stage.sh BIN_PATH STAGE
set -euo pipefail
bin=$1
stage=$2

install -D -m 755 "$bin/islet" "$stage/bin/islet"
# Installed under its own name: hosts look for islet.so and find the worker and the reader beside it.
install -D -m 755 "$bin/libIsletPlugin.so" "$stage/lib/islet/islet.so"
install -D -m 755 "$bin/islet-worker" "$stage/lib/islet/islet-worker"
install -D -m 755 "$bin/islet-dicom" "$stage/lib/islet/islet-dicom"
install -D -m 755 "$bin/islet-engine" "$stage/lib/islet/islet-engine"
strip --strip-unneeded "$stage/lib/islet/islet.so" "$stage/lib/islet/islet-worker" "$stage/lib/islet/islet-dicom" \
  "$stage/lib/islet/islet-engine" "$stage/bin/islet"
install -D -m 644 Plugin/include/islet.h "$stage/include/islet.h"
install -D -m 644 -t "$stage/include/ext/draft" Plugin/include/ext/draft/*.h
mkdir -p "$stage/share/islet/models"
rm -f "$stage"/share/islet/models/*.islet
install -m 644 Models/*.islet "$stage/share/islet/models/"
install -D -m 644 -t "$stage/share/islet/keys" Models/keys/*.pub
# The anatomy that `islet cohort` makes half of its cases from.
install -D -m 644 Models/training/atlas/labels.nii.gz "$stage/share/islet/atlas/labels.nii.gz"
install -D -m 644 Models/training/atlas/table.json "$stage/share/islet/atlas/table.json"
