#!/usr/bin/env bash
# Runs the libFuzzer targets of DICOM, NIfTI and NRRD with AddressSanitizer, one after the other: images.sh SECONDS
# The corpus starts from the tests' files and is kept in .build-fuzz/corpus; a finding is a file crash-* there.
set -euo pipefail
seconds=$1
root=$(cd "$(dirname "$0")/../.." && pwd)
cd "$root"
export ISLET_FUZZ=1 SWIFT_BACKTRACE=enable=no ASAN_OPTIONS=detect_leaks=0
for target in dicom nifti nrrd; do
  swift build -c release --scratch-path .build-fuzz --sanitize fuzzer --product "fuzz-$target"
done
bin=$(swift build -c release --scratch-path .build-fuzz --sanitize fuzzer --show-bin-path)
for target in dicom nifti nrrd; do
  corpus=.build-fuzz/corpus/$target
  mkdir -p "$corpus"
  case $target in
    dicom) cp Tests/ImageFilesTests/Syntaxes/*.dcm "$corpus" ;;
    nifti) cp Tests/ImageFilesTests/Syntaxes/*.nii Tests/ImageFilesTests/Syntaxes/*.nii.gz "$corpus" ;;
    nrrd) cp Tests/ImageFilesTests/Syntaxes/*.nrrd "$corpus" ;;
  esac
  echo "fuzz-$target, $seconds s:"
  "$bin/fuzz-$target" -max_total_time="$seconds" -max_len=65536 -timeout=5 -rss_limit_mb=1024 -print_final_stats=1 \
    -artifact_prefix="$corpus/" "$corpus" 2>&1 | tail -n 8
done
