#!/usr/bin/env bash
# Fuzzes the bundle reader with libFuzzer and AddressSanitizer, each target for a while, and prints what was covered:
# fuzz.sh OUTPUT [SECONDS-A-TARGET] [TARGET...]
# Found inputs go to OUTPUT/found; the growing corpus to OUTPUT/corpus. Seeds are in corpus/.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
cd "$here/../.."
output=$1
seconds=${2:-60}
shift "$(($# < 2 ? $# : 2))"
targets=("$@")
((${#targets[@]} > 0)) || targets=(header manifest lz4 bundle)
mkdir -p "$output/found" "$output/build"

# swift-crypto as the release build makes it, without instruments; our sources with them.
swift build -c release --static-swift-stdlib --product islet-bundle-mutations >/dev/null
bin=$(swift build -c release --static-swift-stdlib --show-bin-path)
program=$output/build/islet-fuzz-bundle
mapfile -t sources < <(find Sources/ModelBundle -name '*.swift')
mapfile -t crypto < <(find "$bin/Crypto.build" "$bin/CryptoBoringWrapper.build" "$bin/CCryptoBoringSSL.build" \
  "$bin/CCryptoBoringSSLShims.build" "$bin/CXKCP.build" "$bin/CXKCPShims.build" -name '*.o')
swiftc -static-stdlib -parse-as-library -module-name BundleFuzz -swift-version 6 -Onone -g -sanitize=fuzzer,address -use-ld=lld \
  -profile-generate -profile-coverage-mapping \
  -enable-upcoming-feature ExistentialAny -enable-upcoming-feature InternalImportsByDefault \
  -enable-upcoming-feature MemberImportVisibility \
  -I "$bin/Modules" -I Sources/CLZ4 -o "$program" \
  Integration/fuzz/FuzzTargets.swift "${sources[@]}" "${crypto[@]}" -llz4 -lstdc++

# Swift's own crash handler would hide the fuzzer's.
export SWIFT_BACKTRACE=enable=no ASAN_OPTIONS=detect_leaks=0:allocator_may_return_null=1
failed=0
for target in "${targets[@]}"; do
  corpus=$output/corpus/$target
  mkdir -p "$corpus"
  echo "fuzz: $target for $seconds s"
  if ! ISLET_FUZZ_TARGET=$target LLVM_PROFILE_FILE=$output/build/$target.profraw "$program" \
    -max_total_time="$seconds" -timeout=5 -rss_limit_mb=1024 -max_len=65536 -print_final_stats=1 -verbosity=1 \
    -artifact_prefix="$output/found/$target-" "$corpus" "$here/corpus/$target" >"$output/$target.log" 2>&1; then
    failed=1
    tail -n 30 "$output/$target.log"
  fi
  grep -E 'stat::(number_of_executed_units|peak_rss_mb)' "$output/$target.log" || true
  grep -E '^#[0-9]+.*(DONE|pulse|REDUCE|NEW)' "$output/$target.log" | tail -n 1 || true
done

profiles=()
for target in "${targets[@]}"; do
  if [[ -f $output/build/$target.profraw ]]; then profiles+=("$output/build/$target.profraw"); fi
done
# The profile is in the format of Swift's own LLVM.
tools=$(dirname "$(readlink -f "$(command -v swiftc)")")
"$tools/llvm-profdata" merge -o "$output/build/fuzz.profdata" "${profiles[@]}"
"$tools/llvm-cov" report "$program" -instr-profile "$output/build/fuzz.profdata" Sources/ModelBundle/Format \
  Sources/ModelBundle/Manifest Sources/ModelBundle/Reading Sources/ModelBundle/Signing | tee "$output/coverage.txt"
exit "$failed"
