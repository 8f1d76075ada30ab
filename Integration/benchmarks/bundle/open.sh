#!/usr/bin/env bash
# How long it takes to open a bundle of the paper's six networks (float16, 1.6 GB, random weights): open.sh ISLET
# Prints the median of 21 runs of `islet bundle inspect` and of a process that opens nothing, and their difference.
set -euo pipefail
islet=$1
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

"$islet" bundle synthesize --topology paper --dtype float16 --seed 1 --output "$folder/paper.islet"

median_ms() { # median_ms COMMAND...
  local times=()
  for _ in $(seq 21); do
    local start end
    start=$(date +%s%N)
    "$@" >/dev/null
    end=$(date +%s%N)
    times+=($((end - start)))
  done
  printf '%s\n' "${times[@]}" | sort -n | sed -n 11p | awk '{printf "%.1f", $1 / 1e6}'
}

whole=$(median_ms "$islet" bundle inspect "$folder/paper.islet")
nothing=$(median_ms "$islet" --version)
printf 'file: %s bytes\n' "$(stat -c %s "$folder/paper.islet")"
printf 'islet bundle inspect: %s ms, islet --version: %s ms, opening: %s ms\n' "$whole" "$nothing" \
  "$(awk "BEGIN {printf \"%.1f\", $whole - $nothing}")"
