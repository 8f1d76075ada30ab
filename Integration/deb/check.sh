#!/usr/bin/env bash
# Installs a Debian package into a clean chroot and segments a CT there: check.sh PACKAGE. Needs root and Debian's mirror.
# The chroot is debootstrap's smallest Debian 12: whatever apt does not bring along by the package's word is not there.
set -euo pipefail
package=$1
here=$(cd "$(dirname "$0")" && pwd)
((EUID == 0)) || {
  echo "check-deb: a chroot needs root" >&2
  exit 1
}
"$here/../setup/packages.sh" debootstrap
# Not below /tmp, which may not allow device files.
root=$(mktemp -d "${SCRATCH:-$PWD/.build}/chroot.XXXXXX")
trap 'rm -rf --one-file-system "$root"' EXIT
trap 'echo "check-deb: line $LINENO failed" >&2' ERR

debootstrap --variant=minbase bookworm "$root" >"$root.log" 2>&1 || {
  tail -n 20 "$root.log" >&2
  exit 1
}
rm -f "$root.log"
inside() { chroot "$root" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C "$@"; }

cp "$package" "$root/islet.deb"
cp /etc/resolv.conf "$root/etc/resolv.conf"
inside apt-get update -qq
before=$(inside dpkg-query -W -f '.\n' | wc -l)
inside env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends /islet.deb >/dev/null 2>&1
after=$(inside dpkg-query -W -f '.\n' | wc -l)
echo "check-deb: $(basename "$package"), $(stat -c %s "$package") bytes, brought $((after - before)) packages, itself among them"

missing=$(inside find /usr/bin/islet /usr/lib/islet -type f -exec ldd {} + | grep 'not found' || true)
[[ -z $missing ]] || {
  echo "check-deb: libraries are missing: $missing" >&2
  exit 1
}
inside dpkg --verify islet
cp "$here/../data/example_ct.nii.gz" "$root/ct.nii.gz"
# Some runtimes read /proc/self/exe, as every installed system has it.
mount -t proc proc "$root/proc"
trap 'umount "$root/proc"; rm -rf --one-file-system "$root"' EXIT
inside islet --version
# The golden case names its bundle.
bundle=$(sed -n 's|.*"bundle": ".*/\([^/]*\)".*|\1|p' "$here/../regression/example-ct-pancreas/case.json")
inside islet segment /ct.nii.gz --bundle "/usr/share/islet/models/$bundle" --output /result
cmp <(gunzip -c "$root/result/mask.nii.gz" | tail -c +353) \
  <(gunzip -c "$here/../regression/example-ct-pancreas/mask.nii.gz" | tail -c +353)
echo "check-deb: islet segment in the clean chroot gives the golden mask, every voxel"
inside env DEBIAN_FRONTEND=noninteractive apt-get remove -y -qq islet >/dev/null 2>&1
left=$(inside find /usr -path '*islet*' -print)
[[ -z $left ]] || {
  echo "check-deb: removing the package left $left" >&2
  exit 1
}
