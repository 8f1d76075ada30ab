#!/usr/bin/env bash
# Installs what Islet needs on Debian 12 and is not there yet. No-op when all is there; root or sudo.
set -euo pipefail

# What builds and runs the product; README repeats this list.
packages=(
  make git ca-certificates # to get and drive the build
  gcc g++ libc6-dev        # C and C++ parts, and the hosts of the tests
  binutils                 # strip, and nm and readelf in the tests
  pkg-config
  libgdcm-dev              # DICOM, in the reader process only
  libjpeg-dev              # overlay pictures
  liblz4-dev               # weight bundles
  minisign                 # the other side of the signatures in the tests
  libdnnl-dev              # the networks' engine (oneDNN)
  zlib1g-dev               # .nii.gz
)

"$(dirname "$0")/packages.sh" "${packages[@]}"

if ! command -v swift >/dev/null; then
  echo "setup: Islet needs a Swift toolchain, 6.3 or later, in PATH: see https://www.swift.org/install/linux/" >&2
  exit 1
fi
if ! report=$(swift --version 2>&1); then
  echo "setup: the Swift toolchain does not start; install what https://www.swift.org/install/linux/ lists for Debian 12:" >&2
  echo "$report" >&2
  exit 1
fi
version=$(sed -nE 's/.*Swift version ([0-9]+)\.([0-9]+).*/\1 \2/p' <<<"$report" | head -n 1)
read -r major minor <<<"${version:-0 0}"
if ((major < 6 || (major == 6 && minor < 3))); then
  echo "setup: found Swift $major.$minor, Islet needs 6.3 or later: see https://www.swift.org/install/linux/" >&2
  exit 1
fi
