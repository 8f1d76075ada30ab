#!/usr/bin/env bash
# Checks that what make install lays out works wherever it lies: check-install.sh STAGE
# Installs, moves the tree, and asks pkg-config, the compiler, the command and a C host.
set -euo pipefail
stage=$1
here=$(cd "$(dirname "$0")/.." && pwd)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
trap 'echo "check-install: line $LINENO failed" >&2' ERR

"$here/setup/install.sh" "$stage" "$scratch/first" >/dev/null
# A running viewer keeps what it has mapped: installing again must not write into the old file.
exec 3<"$scratch/first/lib/islet/islet.so"
before=$(stat -L -c %i /proc/self/fd/3)
"$here/setup/install.sh" "$stage" "$scratch/first" >/dev/null
after=$(stat -c %i "$scratch/first/lib/islet/islet.so")
exec 3<&-
[[ $before != "$after" ]] || { echo "check-install: islet.so was written over" >&2; exit 1; }

prefix="$scratch/a place with spaces"
mv "$scratch/first" "$prefix"
export PKG_CONFIG_PATH="$prefix/lib/pkgconfig"
[[ $(pkg-config --modversion islet) == "$("$prefix/bin/islet" --version)" ]]
# pkg-config writes spaces as a shell would, and build systems evaluate that.
eval "plugindir=$(pkg-config --variable=plugindir islet) models=$(pkg-config --variable=models islet)"
# shellcheck disable=SC2154 # both are set by eval
bundle=$models/pancreas-phantom-native-0.1.0.islet
# shellcheck disable=SC2154
[[ -f $plugindir/islet.so && -x $plugindir/islet-worker && $(realpath "$plugindir") == "$prefix/lib/islet" && -d $models ]]
eval "cc -std=c11 $(pkg-config --cflags islet) '$here/../Plugin/examples/minimal_host.c' -ldl -lm -o '$scratch/host'"
gunzip -c "$here/data/phantom-3000-ct.nii.gz" >"$scratch/ct.nii"
"$scratch/host" "$plugindir/islet.so" "$bundle" "$scratch/ct.nii" "$scratch/mask.raw" 2>"$scratch/host.log" || {
  tail -n 1 "$scratch/host.log" >&2
  exit 1
}
"$prefix/bin/islet" segment "$scratch/ct.nii" --bundle "$bundle" --output "$scratch/result" >/dev/null 2>&1
gunzip -c "$scratch/result/mask.nii.gz" | tail -c +353 | cmp - "$scratch/mask.raw"
! grep -rqF "$scratch" "$prefix/lib/pkgconfig" || { echo "check-install: islet.pc names its place" >&2; exit 1; }
echo "check-install: the moved tree works; the C host and the command agree on every voxel"
