#!/bin/sh
# tree.sh OUT SUITE SOURCES ACQUIRE PACKAGES : a Debian tree by mmdebstrap, no mounts left behind.
#   SOURCES   file of one-line apt sources    ACQUIRE  file of the machine's own Acquire:: apt options
#   PACKAGES  comma-separated names
# INITRD=No keeps the kernels' postinst from building an initramfs with the wrong settings; configure.sh builds it.
set -eu
out=$1 suite=$2 sources=$3 acquire=$4 packages=$5
export INITRD=No LC_ALL=C DEBIAN_FRONTEND=noninteractive
mmdebstrap --quiet --variant=minbase --mode=root --format=directory \
  --include="$packages" \
  --aptopt="$acquire" \
  --aptopt='Acquire::Languages "none"' \
  --dpkgopt='path-exclude=/usr/share/man/*' \
  --dpkgopt='path-exclude=/usr/share/doc/*' \
  --dpkgopt='path-exclude=/usr/share/locale/*' \
  --dpkgopt='force-unsafe-io' \
  "$suite" "$out" - <"$sources"
# These two spare the build time; a host that is cut from power must have dpkg's own care.
rm -f "$out"/etc/dpkg/dpkg.cfg.d/99mmdebstrap "$out"/etc/apt/apt.conf.d/99mmdebstrap
