# What the next boot will run: GRUB, boot loader specification entries, initramfs images, modules.
files 'etc/default/grub etc/default/grub.d/*.cfg boot/grub/grubenv boot/grub2/grubenv boot/efi/EFI/*/grubenv' \
  'etc/kernel/cmdline usr/lib/kernel/cmdline boot/loader/entries/*.conf boot/efi/loader/entries/*.conf efi/loader/entries/*.conf' \
  'boot/loader/loader.conf boot/efi/loader/loader.conf efi/loader/loader.conf'
# Password hashes stay on the host.
set -- boot/grub/grub.cfg boot/grub2/grub.cfg boot/efi/EFI/*/grub.cfg
lines_of '^[[:space:]]*([^p[:space:]]|p([^a]|$)|pa([^s]|$))|^[[:space:]]*$' "$@"
names boot
present usr/sbin/mkinitramfs usr/sbin/update-initramfs usr/bin/dracut usr/sbin/dracut usr/lib/dracut/dracut-init.sh var/lib/dpkg/info/dracut.md5sums \
  boot/loader/entries boot/efi/loader/entries efi/loader/entries boot/grub/grub.cfg boot/grub2/grub.cfg usr/bin/rpm-ostree

release=
[ ! -r proc/sys/kernel/osrelease ] || read -r release <proc/sys/kernel/osrelease
if [ -z "$release" ]; then
  set -- lib/modules/*
  [ $# -ne 1 ] || release=${1##*/}
fi
matching '^kernel/.*/(vfio|pci-stub|pci_stub|nvidia|nouveau|amdgpu|radeon|i915|xe|snd[-_]hda|xhci|i2c[-_]nvidia|iommufd|mdev|nvgrace)' "lib/modules/$release/modules.builtin"

for path in boot/grub/grub.cfg boot/grub2/grub.cfg; do
  [ ! -r "$path" ] || sums "$path"
done
free_boot() { df -Pk boot; }
ask boot-free free_boot
