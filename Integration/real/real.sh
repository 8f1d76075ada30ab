#!/usr/bin/env bash
# Measures bundles on the real CTs that the project may use: real.sh STAGE BUNDLE...
# Needs Python and PyPI. Fetches test files of TotalSegmentator (38 MB) and slicerio; nothing of them is installed or
# run, and nothing may be trained or tuned on them. Environment: OUTPUT, default output/real.
set -euo pipefail
stage=$1
shift
here=$(cd "$(dirname "$0")" && pwd)
venv=.venv-real
output=${OUTPUT:-output/real}
sources=.build/real

"$here/../setup/venv.sh" "$venv" -r "$here/requirements.txt"
fetch() { # PACKAGE==VERSION
  [[ ! -d $sources/$1 ]] || return 0
  local download
  download=$(mktemp -d)
  "$venv/bin/pip" download -q --no-deps --no-binary :all: -d "$download" "$1"
  mkdir -p "$download/sdist" "$sources"
  tar xzf "$download"/*.tar.gz -C "$download/sdist" --strip-components 1
  mv "$download/sdist" "$sources/$1"
  rm -rf "$download"
}
fetch totalsegmentator==2.18.0
fetch slicerio==1.4.0
"$venv/bin/python" "$here/real_cohort.py" "$sources/totalsegmentator==2.18.0/tests/reference_files" \
  "$sources/slicerio==1.4.0/slicerio/data" "$output/cohorts"
"$venv/bin/python" "$here/real_table.py" "$stage/bin/islet" "$output" "$@"
