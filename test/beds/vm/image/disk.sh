#!/bin/sh
# disk.sh TREE OUT.raw MEBIBYTES : one bootable ext4 partition with the tree in it, without mounts or loop devices.
# The tree's own mke2fs.conf decides the features, so that the guest's GRUB can read them whatever the machine's default.
set -eu
tree=$1 out=$2 mebibytes=$3
rm -f "$out"
truncate -s "${mebibytes}M" "$out"
printf 'label: dos\nstart=2048, type=83, bootable\n' | sfdisk -q "$out"
MKE2FS_CONFIG="$tree/etc/mke2fs.conf" mke2fs -q -F -t ext4 -U "$LAB_ROOT_UUID" -L root -m 0 \
  -d "$tree" -E offset=1048576,lazy_itable_init=1,lazy_journal_init=1 "$out" "$(((mebibytes - 1) * 1024))k"
