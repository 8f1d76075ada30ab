#!/usr/bin/env bash
# Copies the stage to a prefix and writes its pkg-config file: install.sh STAGE PREFIX
# The installed tree may be moved as a whole. DESTDIR, if set, goes in front of PREFIX.
set -euo pipefail
stage=$1
prefix=${DESTDIR:-}$2

mkdir -p "$prefix/lib/pkgconfig"
# Old files are removed, not written over: a viewer that is running keeps the library that it has loaded.
cp -r --preserve=mode,timestamps --remove-destination "$stage/." "$prefix/"
version=$("$stage/bin/islet" --version)
# ${pcfiledir} keeps the tree relocatable.
cat >"$prefix/lib/pkgconfig/islet.pc" <<'PC'
prefix=${pcfiledir}/../..
includedir=${prefix}/include
plugindir=${prefix}/lib/islet
plugin=${plugindir}/islet.so
models=${prefix}/share/islet/models

Name: islet
Description: organ segmentation plugin for medical image viewers (research use only)
PC
cat >>"$prefix/lib/pkgconfig/islet.pc" <<PC
Version: $version
Cflags: -I\${includedir}
PC
echo "installed into $prefix"
