#!/usr/bin/env bash
# Makes a Debian package of the stage: deb.sh STAGE OUTPUT-FOLDER. Prints the package's path.
# Dependencies are what the binaries link (dpkg-shlibdeps) and oneDNN, which some load only when asked to segment.
set -euo pipefail
stage=$1
output=$2
here=$(cd "$(dirname "$0")" && pwd)
"$here/../setup/packages.sh" dpkg-dev >&2
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
root=$scratch/root

DESTDIR=$root "$here/../setup/install.sh" "$stage" /usr >/dev/null
documents=$root/usr/share/doc/islet
mkdir -p "$documents" "$root/DEBIAN" "$scratch/debian"
cp "$here/../../LICENSE" "$documents/copyright"
cp "$here/../../NOTICE" "$documents/NOTICE"
gzip -9n <"$here/../../CHANGELOG.md" >"$documents/changelog.gz"

# dpkg-shlibdeps wants a source package around it.
printf 'Source: islet\n\nPackage: islet\nArchitecture: any\n' >"$scratch/debian/control"
mapfile -t binaries < <(find "$root/usr/bin" "$root/usr/lib/islet" -type f -perm /111)
depends=$(cd "$scratch" && dpkg-shlibdeps -O "${binaries[@]}" 2>"$scratch/shlibdeps.log" | sed -n 's/^shlibs:Depends=//p') || {
  cat "$scratch/shlibdeps.log" >&2
  exit 1
}
[[ $depends == *libdnnl2* ]] || depends="$depends, libdnnl2"

version=$("$stage/bin/islet" --version)
architecture=$(dpkg --print-architecture)
cat >"$root/DEBIAN/control" <<CONTROL
Package: islet
Version: $version
Architecture: $architecture
Maintainer: The Islet project <islet@localhost>
Installed-Size: $(du -sk "$root/usr" | cut -f 1)
Depends: $depends
Section: science
Priority: optional
Description: organ segmentation plugin for medical image viewers
 A shared library with a C interface (islet.h), the command line islet, and
 weight bundles. Coarse-to-fine fixed-point networks on the CPU.
 .
 Research use only, not for diagnosis.
CONTROL
(cd "$root" && find usr -type f -print0 | sort -z | xargs -0 md5sum) >"$root/DEBIAN/md5sums"
find "$root" -type d -exec chmod 755 {} +

mkdir -p "$output"
package=$output/islet_${version}_$architecture.deb
# Under a temporary name first: a package that is there is whole.
dpkg-deb --root-owner-group -Zxz --build "$root" "$output/.islet.deb" >/dev/null
mv "$output/.islet.deb" "$package"
echo "$package"
