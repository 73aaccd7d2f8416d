#!/bin/sh
# install.sh TREE SOURCES ACQUIRE FILES NOVA GUEST : a configured tree becomes a compute host of an OpenStack cloud.
#   SOURCES, ACQUIRE  as for ../image/tree.sh; they serve apt inside the tree and are gone afterwards
#   FILES             the files/ folder beside this script
#   NOVA              nova and all it needs, as pip --target leaves it
#   GUEST             the disk of every server
set -eu
tree=$1 sources=$2 acquire=$3 files=$4 nova=$5 guest=$6
export LC_ALL=C DEBIAN_FRONTEND=noninteractive

cp "$sources" "$tree/etc/apt/sources.list"
cp "$acquire" "$tree/etc/apt/apt.conf.d/99lab"
mv "$tree/etc/resolv.conf" "$tree/etc/resolv.conf.lab"
mv "$tree/etc/hosts" "$tree/etc/hosts.lab"
cp /etc/resolv.conf /etc/hosts "$tree/etc/"
chroot "$tree" apt-get update -q
chroot "$tree" apt-get install -y -q --no-install-recommends \
  libvirt-daemon-system libvirt-clients qemu-system-x86 qemu-utils python3-libvirt
chroot "$tree" apt-get clean
rm -rf "$tree"/var/lib/apt/lists/* "$tree/etc/apt/apt.conf.d/99lab"
: >"$tree/etc/apt/sources.list"
mv "$tree/etc/resolv.conf.lab" "$tree/etc/resolv.conf"
mv "$tree/etc/hosts.lab" "$tree/etc/hosts"

# libvirt asks every emulator that is there what it can do, and that takes seconds each.
rm "$tree/usr/bin/qemu-system-i386" "$tree/usr/bin/qemu-system-x86_64-microvm"
# libvirtd starts when it is asked for; its sockets are there from the boot on.
rm -f "$tree/etc/systemd/system/multi-user.target.wants/libvirtd.service"
ln -sf /dev/null "$tree/etc/systemd/system/libvirt-guests.service"

# A virtual environment, as of a Nova that is no distribution's; libvirt's module for Python is Debian's.
chroot "$tree" python3 -m venv --without-pip --system-site-packages /opt/nova
cp -r "$nova/." "$tree/opt/nova/lib/python3.11/site-packages/"
rm -rf "$tree/opt/nova/lib/python3.11/site-packages/bin"
# By content, so that no time stamp sends a booted host compiling.
chroot "$tree" python3 -m compileall -q --invalidation-mode unchecked-hash /opt/nova/lib || true

cp -r "$files/." "$tree/"
chmod 755 "$tree/opt/nova/bin/nova-compute" "$tree/opt/nova/bin/privsep-helper"
chroot "$tree" useradd --system --home-dir /var/lib/nova --shell /usr/sbin/nologin nova
mkdir -p "$tree/etc/nova/nova.conf.d" "$tree/var/log/nova" "$tree/var/lib/nova/instances/_base"
chroot "$tree" chown -R root:nova /etc/nova
chmod 750 "$tree/etc/nova"
chmod 640 "$tree"/etc/nova/*.conf
# Nova's name for the disk of a server without an image: SHA-1 of the empty image id.
cp "$guest" "$tree/var/lib/nova/instances/_base/da39a3ee5e6b4b0d3255bfef95601890afd80709"
