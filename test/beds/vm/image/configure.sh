#!/bin/sh
# configure.sh TREE KERNEL GUEST KEYS ORACLE : makes a Debian tree with both kernels a host of the lab with one.
#   KERNEL  cloud | full     GUEST  the guest/ folder beside this script
#   KEYS    folder with the client's id_ed25519.pub; gets the host's public keys and the list of packages
#   ORACLE  the compiled vfio-group program
set -eu
tree=$1 kernel=$2 guest=$3 keys=$4 oracle=$5
export LC_ALL=C DEBIAN_FRONTEND=noninteractive INITRD=No

# shellcheck disable=SC2016  # dpkg-query's own variable
unwanted=$(chroot "$tree" dpkg-query -W -f '${Package}\n' 'linux-image-*' |
  if [ "$kernel" = cloud ]; then grep -v cloud; else grep cloud; fi)
# shellcheck disable=SC2086  # one word per package
chroot "$tree" dpkg --purge $unwanted >/dev/null

cp -r "$guest"/etc "$guest"/lab-firstboot "$tree"/
chmod 440 "$tree/etc/sudoers.d/lab"
echo "UUID=$LAB_ROOT_UUID / ext4 noatime 0 0" >"$tree/etc/fstab"
echo labhost >"$tree/etc/hostname"
printf '127.0.0.1 localhost labhost\n' >"$tree/etc/hosts"
printf 'nameserver 10.0.2.3\n' >"$tree/etc/resolv.conf"
: >"$tree/etc/apt/sources.list"
echo 6d0f3b1c2a594e7f8091a2b3c4d5e6f7 >"$tree/etc/machine-id"

while read -r unit; do ln -sf /dev/null "$tree/etc/systemd/system/$unit"; done <"$guest/masked-units"
# Nobody logs in on a console: logind starts when it is asked for (systemctl reboot does).
rm "$tree/lib/systemd/system/multi-user.target.wants/systemd-logind.service"
ln -sf /lib/systemd/system/multi-user.target "$tree/etc/systemd/system/default.target"
ln -sf /lib/systemd/system/systemd-networkd.service "$tree/etc/systemd/system/multi-user.target.wants/systemd-networkd.service"

rm -f "$tree"/etc/ssh/ssh_host_*
for type in ed25519 ecdsa; do
  ssh-keygen -q -t "$type" -N '' -C labhost -f "$tree/etc/ssh/ssh_host_${type}_key"
  cp "$tree/etc/ssh/ssh_host_${type}_key.pub" "$keys/"
done

authorize() {
  mkdir -p "$tree$2/.ssh"
  chmod 700 "$tree$2/.ssh"
  cp "$keys/id_ed25519.pub" "$tree$2/.ssh/authorized_keys"
  chroot "$tree" chown -R "$1:$1" "$2/.ssh"
}
authorize root /root
for user in ops opspw; do
  chroot "$tree" useradd -m -s /bin/bash -p '*' "$user"
  authorize "$user" "/home/$user"
done
echo opspw:lab-sudo | chroot "$tree" chpasswd -c SHA512 -s 1000

install -m 755 "$oracle" "$tree/usr/local/sbin/vfio-group"

sed -i 's/^MODULES=.*/MODULES=list/; s/^FSTYPE=.*/FSTYPE=ext4/; s/^# *COMPRESSLEVEL=.*/COMPRESSLEVEL=3/' "$tree/etc/initramfs-tools/initramfs.conf"
printf 'virtio_pci\nvirtio_blk\next4\n' >>"$tree/etc/initramfs-tools/modules"
unset INITRD
chroot "$tree" update-initramfs -c -k all >/dev/null
chroot "$tree" dpkg-query -W >"$keys/packages.txt"
