#!/bin/sh
# build.sh OUT SOURCES RELEASE VERSION : the kernel's own samples of mediated devices (samples/vfio-mdev), as modules for one Debian kernel.
#   SOURCES  file of one-line apt sources    RELEASE  "6.1.0-56-amd64"    VERSION  of its packages
# Nothing is installed: headers and source are unpacked into OUT, which in the end holds mtty.ko and mdpy.ko alone.
set -eu
out=$1 sources=$2 release=$3 version=$4
export LC_ALL=C
series=$(printf '%s' "$release" | cut -d. -f1,2)
mkdir -p "$out/work/apt/lists/partial" "$out/work/apt/archives/partial" "$out/work/root"
cd "$out/work"

apt() {
  apt-get -q -o Dir::Etc::SourceList="$sources" -o Dir::Etc::SourceParts=- -o Dir::State="$PWD/apt" -o Dir::State::status=/dev/null \
    -o Dir::Cache="$PWD/apt" -o APT::Sandbox::User=root "$@"
}
apt update
apt download "linux-source-$series=$version" "linux-headers-$release=$version" "linux-headers-${release%-*}-common=$version" "linux-kbuild-$series=$version"

for package in linux-headers-*.deb linux-kbuild-*.deb; do dpkg-deb -x "$package" root; done
dpkg-deb --fsys-tarfile "linux-source-$series"_*.deb | tar -xO "./usr/src/linux-source-$series.tar.xz" |
  tar -xJ "linux-source-$series/samples/vfio-mdev"
samples=$PWD/linux-source-$series/samples/vfio-mdev
headers=$PWD/root/usr/src/linux-headers-$release

# Debian's headers name their common part by where it is installed.
sed -i "s#/usr/src/#$PWD/root/usr/src/#" "$headers/Makefile"
printf 'obj-m := mtty.o mdpy.o\n' >"$samples/Makefile"
make -s -C "$headers" M="$samples" modules
cp "$samples/mtty.ko" "$samples/mdpy.ko" "$out"
cd "$out"
rm -rf work
