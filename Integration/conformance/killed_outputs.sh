#!/usr/bin/env bash
# Ends `islet segment` by SIGKILL at random moments, 500 by default, where an earlier result lies: each file must be the old
# one or a whole new one, and result.json must stand beside files of its own run: killed_outputs.sh STAGE [COUNT [SEED]]
set -euo pipefail
cd "$(dirname "$0")/../.."
stage=$(realpath "$1")
count=${2:-500}
RANDOM=${3:-1}
source Integration/conformance/whole.sh

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
"$stage/bin/islet" bundle synthesize --topology tiny --dtype float32 --output "$scratch/tiny.islet" >/dev/null 2>&1
"$stage/bin/islet" phantom --seed 1 --size 40x36x24 --spacing 8,8,12 --output "$scratch/case" --quiet >/dev/null
result=$scratch/result
command=("$stage/bin/islet" segment "$scratch/case/ct.nii.gz" --bundle "$scratch/tiny.islet" --allow-unsigned --quiet
  --output "$result")
run() {
  # 6: nothing was found, which is a result too.
  "${command[@]}" >/dev/null 2>&1 || (($? == 6))
}
run
names=$(ls "$result")
start=$(date +%s%N)
run
whole_run=$((($(date +%s%N) - start) / 1000000))

echo old >"$scratch/old"
killed=0 ended=0 broken=0 left=0
for ((i = 0; i < count; i++)); do
  for file in $names; do cp "$scratch/old" "$result/$file"; done
  "${command[@]}" >/dev/null 2>&1 &
  pid=$!
  milliseconds=$((RANDOM * (whole_run + whole_run / 4) / 32768))
  sleep "$(printf '%d.%03d' $((milliseconds / 1000)) $((milliseconds % 1000)))"
  if kill -KILL "$pid" 2>/dev/null; then killed=$((killed + 1)); else ended=$((ended + 1)); fi
  wait "$pid" 2>/dev/null || true
  new=0 old=0
  for file in $names; do
    if [[ ! -e $result/$file ]]; then
      # result.json goes first and comes last.
      [[ $file == result.json ]] || { broken=$((broken + 1)) && echo "  BROKEN: run $i: $file is gone"; }
    elif cmp -s "$scratch/old" "$result/$file"; then
      old=$((old + 1))
    elif is_whole "$result/$file"; then
      new=$((new + 1))
    else
      broken=$((broken + 1))
      echo "  BROKEN: run $i: $file is neither old nor whole"
    fi
  done
  if [[ -e $result/result.json ]] && ((new > 0 && old > 0)); then
    broken=$((broken + 1))
    echo "  BROKEN: run $i: result.json beside files of another run"
  fi
  for folder in "$result"/.islet.partial-*; do
    [[ -e $folder ]] || continue
    left=$((left + 1))
    rm -rf "$folder"
  done
done
echo "$count runs of $whole_run ms: $killed killed, $ended had ended; $broken broken; $left left a hidden folder behind"
((broken == 0)) || exit 3
