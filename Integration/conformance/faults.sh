#!/usr/bin/env bash
# Fails the n-th allocation, read, write, open, mapping, spawn and thread, in the host's process and in the worker, for every
# n over create, load_bundle, segment, segment, destroy: faults.sh STAGE [sample | every]
# Without a word the worker's 26,000 allocations are every n up to 100, then about a hundred for each doubling; "every"
# takes each, "sample" a few of everything.
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
exit "$failed"
