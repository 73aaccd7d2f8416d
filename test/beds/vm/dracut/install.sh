#!/bin/sh
# install.sh TREE SOURCES ACQUIRE : in a configured tree, dracut takes the place of initramfs-tools.
#   SOURCES, ACQUIRE  as for tree.sh; they serve apt inside the tree and are gone afterwards
set -eu
tree=$1 sources=$2 acquire=$3
export LC_ALL=C DEBIAN_FRONTEND=noninteractive
cp "$sources" "$tree/etc/apt/sources.list"
cp "$acquire" "$tree/etc/apt/apt.conf.d/99lab"
mv "$tree/etc/resolv.conf" "$tree/etc/resolv.conf.lab"
mv "$tree/etc/hosts" "$tree/etc/hosts.lab"
cp /etc/resolv.conf /etc/hosts "$tree/etc/"
# The drivers of the lab's disk, and nothing of the machine that builds it.
mkdir -p "$tree/etc/dracut.conf.d"
printf 'hostonly="no"\ncompress="zstd -3"\ndrivers="virtio_pci virtio_blk ext4"\nomit_dracutmodules+=" plymouth crypt dm lvm mdraid multipath nfs network terminfo "\n' \
  >"$tree/etc/dracut.conf.d/lab.conf"
chroot "$tree" apt-get update -q
chroot "$tree" apt-get install -y -q --no-install-recommends dracut
chroot "$tree" apt-get clean
release=$(basename "$tree"/lib/modules/*)
rm -f "$tree"/boot/initrd.img-*
chroot "$tree" dracut --force --quiet "/boot/initrd.img-$release" "$release"
rm -rf "$tree"/var/lib/apt/lists/* "$tree/etc/apt/apt.conf.d/99lab"
: >"$tree/etc/apt/sources.list"
mv "$tree/etc/resolv.conf.lab" "$tree/etc/resolv.conf"
mv "$tree/etc/hosts.lab" "$tree/etc/hosts"
