#!/usr/bin/env bash
# Memory of eight instances with one bundle, and of eight with as many different bundles of the same size (which cannot
# share), in one process and in worker processes: instances.sh STAGE. Needs 500 MB of disk for a moment.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
stage=$1
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

cat >"$scratch/topology.json" <<'JSON'
{"family": "same-padding", "pad": null, "input_channels": 3, "output_channels": 3, "block_channels": [32, 64, 128, 256, 256],
 "convolutions": [1, 1, 2, 2, 2], "pools": [true, true, true, true, true], "fc6": {"channels": 512, "kernel": 3},
 "fc7": {"channels": 512}, "skip_scales": {"pool4": 1, "pool3": 1}, "upsampling": "bilinear"}
JSON
for seed in 1 2 3 4 5 6 7 8; do
  "$stage/bin/islet" bundle synthesize --topology "$scratch/topology.json" --seed "$seed" --output "$scratch/$seed.islet"
done | tail -n 1
gcc -std=c11 -O1 -Wall -Wextra -I "$stage/include" "$here/instances.c" -o "$scratch/instances" -ldl
for isolation in none process; do
  echo "eight instances, one bundle, isolation $isolation"
  "$scratch/instances" "$stage/lib/islet/islet.so" $isolation "$scratch"/1.islet{,,,,,,,}
  echo "eight instances, eight bundles, isolation $isolation"
  "$scratch/instances" "$stage/lib/islet/islet.so" $isolation "$scratch"/[1-8].islet
done
