#!/usr/bin/env bash
# Measures memory against plan(), cancellation, progress and killed workers: endurance.sh STAGE memory|paper|cancel|progress|soak|kill|outputs
set -euo pipefail
cd "$(dirname "$0")/../.."
stage=$1
what=$2

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cc -std=c11 -O2 -IPlugin/include Integration/conformance/endurance_host.c -ldl -lm -pthread -o "$scratch/host"
plugin=$stage/lib/islet/islet.so
three_millimetres=$stage/share/islet/models/pancreas-0.4.0.islet
# Works on the image's own grid, so that large volumes mean large slices.
native=$stage/share/islet/models/pancreas-phantom-native-0.1.0.islet
read -ra seeds <<<"${SEEDS:-1}"

case $what in
memory)
  failed=0
  for size in "64 64 64" "128 128 100" "256 256 160" "512 512 200" "512 512 600"; do
    read -ra extent <<<"$size"
    for threads in 1 2; do
      "$scratch/host" plan "$plugin" "$three_millimetres" "${extent[@]}" 0.8 "$threads" 0 || failed=1
    done
  done
  for size in "64 64 64" "128 128 64" "192 160 96"; do
    read -ra extent <<<"$size"
    "$scratch/host" plan "$plugin" "$native" "${extent[@]}" 1 2 0 || failed=1
  done
  for bundle in "$three_millimetres" "$native"; do
    "$scratch/host" plan "$plugin" "$bundle" 192 160 96 1.5 2 0 mask || failed=1
  done
  "$scratch/host" plan "$plugin" "$three_millimetres" 512 512 300 0.8 2 0 mask || failed=1
  # A budget that needs a leaner schedule, and one that cannot be kept.
  "$scratch/host" plan "$plugin" "$three_millimetres" 256 256 160 0.8 2 "${LEAN_BUDGET:-160000000}" || failed=1
  "$scratch/host" plan "$plugin" "$three_millimetres" 256 256 160 0.8 2 50000000 || failed=1
  exit "$failed"
  ;;
paper)
  # The paper's six networks with random weights, 1.6 GB on disk; larger volumes are stopped after a minute, long after
  # all weights are packed and the first slices computed.
  "$stage/bin/islet" bundle synthesize --topology paper --seed 1 --output "$scratch/paper.islet" | tail -n 1
  "$scratch/host" plan "$plugin" "$scratch/paper.islet" 64 64 64 1 2 0 "${SECONDS_EACH:-60}"
  "$scratch/host" plan "$plugin" "$scratch/paper.islet" 512 512 600 1 2 0 "${SECONDS_EACH:-60}"
  ;;
cancel)
  for seed in "${seeds[@]}"; do
    "$scratch/host" cancel "$plugin" "$three_millimetres" 96 84 72 3 "${COUNT:-1000}" "$seed"
  done
  ;;
progress)
  for volume in "512 512 200 0.8" "512 512 600 0.8" "256 256 160 1.5"; do
    read -ra extent <<<"$volume"
    "$scratch/host" progress "$plugin" "$three_millimetres" "${extent[@]}" 2
  done
  "$scratch/host" progress "$plugin" "$native" 192 192 96 1 2
  ;;
soak)
  "$scratch/host" soak "$plugin" "$three_millimetres" 32 28 24 3 "${SEGMENTS:-2000}" "${INSTANCES:-3000}" "${LOADS:-200}"
  "$scratch/host" soak "$plugin" "$three_millimetres" 32 28 24 3 "${SEGMENTS:-2000}" "${INSTANCES:-10000}" "${LOADS:-200}" none
  ;;
kill)
  for seed in "${seeds[@]}"; do
    "$scratch/host" kill "$plugin" "$three_millimetres" 48 48 48 3 "${COUNT:-500}" "$seed"
  done
  ;;
outputs) Integration/conformance/killed_outputs.sh "$stage" "${COUNT:-500}" "${seeds[0]}" ;;
*)
  echo "endurance.sh STAGE memory|paper|cancel|progress|soak|kill|outputs" >&2
  exit 2
  ;;
esac
