#!/usr/bin/env bash
# Line coverage per module as a table: run `swift test --enable-code-coverage --scratch-path .build-coverage` first, as
# `make coverage` does. Counts Sources and Plugin only. Code that only runs inside the staged programs (the tests start
# those as processes of their own) counts as not covered.
set -euo pipefail
cd "$(dirname "$0")/../.."

summary=$(swift test --show-codecov-path --scratch-path .build-coverage 2>/dev/null | tail -n 1)
if [[ ! -f $summary ]]; then
  echo "coverage: no results in .build-coverage; run \`make coverage\`" >&2
  exit 1
fi

python3 - "$summary" "$PWD" <<'PYTHON'
import collections
import json
import sys

with open(sys.argv[1], encoding="utf-8") as file:
    files = json.load(file)["data"][0]["files"]

lines = collections.Counter()
covered = collections.Counter()
for entry in files:
    path = entry["filename"].removeprefix(sys.argv[2] + "/")
    parts = path.split("/")
    if parts[0] not in ("Sources", "Plugin") or len(parts) < 3:
        continue
    module = parts[1]
    lines[module] += entry["summary"]["lines"]["count"]
    covered[module] += entry["summary"]["lines"]["covered"]

print("| module | lines | covered % |\n|---|---:|---:|")
for module in sorted(lines):
    print(f"| {module} | {lines[module]} | {100 * covered[module] / max(lines[module], 1):.1f} |")
total = sum(lines.values())
print(f"| all | {total} | {100 * sum(covered.values()) / max(total, 1):.1f} |")
PYTHON
