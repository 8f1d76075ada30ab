#!/usr/bin/env bash
# Runs what the sanitizers can see: sanitize.sh STAGE [thread|address|valgrind ...]; all three without a name.
#   thread    ThreadSanitizer over the tests of everything that has threads; the C library and oneDNN are not instrumented
#   address   AddressSanitizer over the same tests. LeakSanitizer is off: Swift's runtime keeps what it made at start
#   valgrind  a C host, the released plugin and its worker: invalid accesses and, in the host, leaks; C library and oneDNN
#             included
# Each builds or runs for minutes; nothing of the usual build is touched.
set -euo pipefail
cd "$(dirname "$0")/../.."
stage=$1
shift
kinds=("$@")
((${#kinds[@]} > 0)) || kinds=(thread address valgrind)
suites='PluginTests|SegmentationTests|NetworksTests|CoarseToFineTests|VolumesTests|ModelBundleTests|HostClientTests'
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# Tests that limit the address space or expect a signal's default action cannot run in a process that a sanitizer holds.
sanitized_tests() { # KIND
  export ISLET_STRICT=1 SWIFT_BACKTRACE=enable=no
  swift build --build-tests --sanitize="$1" --scratch-path ".build-$1" 2>&1 | tail -n 3
  swift test --skip-build --sanitize="$1" --scratch-path ".build-$1" --filter "$suites" >"$scratch/log" 2>&1 || {
    grep -E '✘|WARNING: ThreadSanitizer|ERROR: AddressSanitizer|SUMMARY' "$scratch/log" | head -n 40 >&2
    return 1
  }
  # A report need not fail a test.
  ! grep -E 'WARNING: ThreadSanitizer|ERROR: AddressSanitizer' "$scratch/log" || return 1
  grep -E '^. Test run with' "$scratch/log"
}

for kind in "${kinds[@]}"; do
  echo "sanitize: $kind"
  case $kind in
  thread) TSAN_OPTIONS="halt_on_error=0:allocator_may_return_null=1" sanitized_tests thread ;;
  address) ASAN_OPTIONS="detect_leaks=0:allocator_may_return_null=1" sanitized_tests address ;;
  valgrind)
    Integration/setup/packages.sh valgrind
    cc -std=c11 -O1 -g -IPlugin/include Integration/conformance/endurance_host.c -ldl -lm -pthread -o "$scratch/host"
    bundle=$stage/share/islet/models/pancreas-0.4.0.islet
    # valgrind knows no AVX-512. The host ends its worker by a signal: its leaks show in the run in process.
    for isolation in "" none; do
      # shellcheck disable=SC2086 # nothing, or one word
      ONEDNN_MAX_CPU_ISA=AVX2 valgrind --quiet --error-exitcode=9 --leak-check=full --show-leak-kinds=definite \
        --errors-for-leak-kinds=definite --child-silent-after-fork=yes --trace-children=yes \
        --log-file="$scratch/valgrind.%p" \
        "$scratch/host" soak "$stage/lib/islet/islet.so" "$bundle" 16 14 12 3 4 4 3 $isolation >"$scratch/out" || true
      # Of a system call that valgrind does not know it only warns.
      if grep -h '^==' "$scratch"/valgrind.* >"$scratch/errors" || ! grep -q '^left behind: nothing' "$scratch/out"; then
        head -n 60 "$scratch/errors" >&2
        exit 1
      fi
      logs=("$scratch"/valgrind.*)
      echo "valgrind, ${isolation:-worker process}: ${#logs[@]} processes, $(tail -n 1 "$scratch/out")"
      rm -f "$scratch"/valgrind.*
    done
    echo "valgrind: no invalid access, no memory that is definitely lost"
    ;;
  *)
    echo "sanitize.sh STAGE [thread|address|valgrind ...]" >&2
    exit 2
    ;;
  esac
done
