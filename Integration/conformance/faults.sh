#!/usr/bin/env bash
# Fails the n-th allocation, read, write, open, mapping, spawn and thread, in the host's process and in the worker, for every
# n over create, load_bundle, segment, segment, destroy: faults.sh STAGE [sample | every]
# Without a word the steps over the worker's 26,000 allocations grow from 1 by one per cent of n; "every" takes each n, "sample" a
# few of everything. At the end the n-th write or open of `islet segment` fails where an earlier result lies.
set -euo pipefail
cd "$(dirname "$0")/../.."
stage=$(realpath "$1")
extent=${2:-usual}

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cc -std=gnu11 -O1 -shared -fPIC Integration/conformance/fault_library.c -ldl -o "$scratch/fault_library.so"
cc -std=gnu11 -O1 -IPlugin/include Integration/conformance/fault_host.c -ldl -o "$scratch/fault_host"
"$stage/bin/islet" bundle synthesize --topology tiny --dtype float32 --output "$scratch/tiny.islet" >/dev/null 2>&1
head -c 4096 /dev/zero >"$scratch/page"

failed=0
run() { # KIND PLACE ISOLATION MODE FIRST LAST STEP
  LD_PRELOAD=$scratch/fault_library.so ISLET_FAULT_PAGE=$scratch/page \
    "$scratch/fault_host" "${PLUGIN:-$stage/lib/islet/islet.so}" "${BUNDLE:-$scratch/tiny.islet}" "$@" || failed=3
}

for mode in once lasting; do
  for kind in allocation read write open map spawn thread; do
    for where in "host process" "worker process" "host none"; do
      read -r place isolation <<<"$where"
      case $extent in
      sample) run "$kind" "$place" "$isolation" "$mode" 1 4 1 ;;
      every) run "$kind" "$place" "$isolation" "$mode" 1 0 1 ;;
      usual)
        step=1
        if [[ $kind/$place == allocation/worker ]]; then step=-100; fi
        run "$kind" "$place" "$isolation" "$mode" 1 0 "$step"
        ;;
      *)
        echo "faults.sh STAGE [sample | every]" >&2
        exit 2
        ;;
      esac
    done
  done
done

# The n-th write or open of a command fails: each of its files is the old one or the whole new one, and there is no other.
with_fault() { # KIND N COMMAND...
  ISLET_FAULT_PAGE=$scratch/page "$scratch/fault_host" arm "$1" "$2"
  LD_PRELOAD=$scratch/fault_library.so ISLET_FAULT_PAGE=$scratch/page "${@:3}" >/dev/null 2>&1
}
source Integration/conformance/whole.sh
segment_with_faults() {
  local step=$1 result=$scratch/result kind calls n code file names written=0 refused=0 broken=0
  local command=("$stage/bin/islet" segment "$scratch/case/ct.nii.gz" --bundle "$scratch/tiny.islet" --allow-unsigned
    --quiet --output "$result")
  echo old >"$scratch/old"
  for kind in write open; do
    with_fault "$kind" 9999999 "${command[@]}" || true
    names=$(ls -A "$result")
    read -r calls _ < <(ISLET_FAULT_PAGE=$scratch/page "$scratch/fault_host" calls)
    for ((n = 1; n <= calls; n += step)); do
      for file in $names; do cp "$scratch/old" "$result/$file"; done
      code=0
      with_fault "$kind" "$n" "${command[@]}" || code=$?
      if ((code == 0 || code == 6)); then written=$((written + 1)); else refused=$((refused + 1)); fi
      if [[ $(ls -A "$result") != "$names" ]] || ((code > 7)); then
        broken=$((broken + 1))
        echo "  BROKEN: $kind $n: exit code $code, files: $(echo "$result"/*)"
      fi
      for file in $names; do
        cmp -s "$scratch/old" "$result/$file" || is_whole "$result/$file" || {
          broken=$((broken + 1))
          echo "  BROKEN: $kind $n: $file is neither old nor whole"
        }
      done
    done
  done
  echo "files of islet segment: $((written + refused)) faults of write and open, $written runs wrote all the same," \
    "$refused ended with an exit code, $broken broken"
  ((broken == 0)) || failed=3
}
"$stage/bin/islet" phantom --seed 1 --size 40x36x24 --spacing 8,8,12 --output "$scratch/case" --quiet >/dev/null
if [[ $extent == sample ]]; then segment_with_faults 9; else segment_with_faults 1; fi
exit "$failed"
