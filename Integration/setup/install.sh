#!/usr/bin/env bash
# Copies the stage to a prefix and writes its pkg-config file: install.sh STAGE PREFIX
set -euo pipefail
stage=$1
prefix=$2

mkdir -p "$prefix"
cp -a "$stage/." "$prefix/"
mkdir -p "$prefix/lib/pkgconfig"
# ${pcfiledir} keeps the tree relocatable.
cat >"$prefix/lib/pkgconfig/islet.pc" <<'PC'
prefix=${pcfiledir}/../..
includedir=${prefix}/include
plugin=${prefix}/lib/islet/islet.so
models=${prefix}/share/islet/models

Name: islet
Description: organ segmentation plugin for medical image viewers (research use only)
Version: 0.1.0
Cflags: -I${includedir}
PC
echo "installed into $prefix"
