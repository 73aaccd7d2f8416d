# Every PCI function (Documentation/ABI/testing/sysfs-bus-pci), with its config space.
pci=sys/bus/pci/devices
names $pci sys/bus/pci/drivers
printf '== names\n'
printf 'D %s\n' $pci/*
present $pci/*/reset
links $pci/* $pci/*/driver $pci/*/iommu_group $pci/*/physfn
files $pci/*/vendor $pci/*/device $pci/*/subsystem_vendor $pci/*/subsystem_device $pci/*/class $pci/*/revision \
  $pci/*/modalias $pci/*/numa_node $pci/*/boot_vga $pci/*/enable $pci/*/power_state $pci/*/d3cold_allowed \
  $pci/*/driver_override $pci/*/reset_method $pci/*/ari_enabled $pci/*/msi_bus \
  $pci/*/current_link_speed $pci/*/current_link_width $pci/*/max_link_speed $pci/*/max_link_width \
  $pci/*/sriov_totalvfs $pci/*/sriov_numvfs $pci/*/sriov_offset $pci/*/sriov_stride $pci/*/sriov_vf_device $pci/*/sriov_drivers_autoprobe

# Some devices do not bear it when registers are read that they do not have (lspci(8), -xxx), so all of the config space is
# read only where a verdict needs it: of displays and accelerators, what shares their slot or group, and bridges.
bytes 64 $pci/*/config
set --
placed=
for device in "$pci"/*; do
  class=
  # Virtual functions may be given to guests whatever they are.
  [ ! -e "$device/physfn" ] || set -- "$@" "$device/config"
  [ ! -r "$device/class" ] || read -r class <"$device/class"
  case $class in
    0x0604*) set -- "$@" "$device/config" ;;
    0x03* | 0x12*)
      # Addresses of functions have no blanks.
      placed="$placed $device/resource"
      for member in "${device%.*}".* "$device"/iommu_group/devices/*; do
        set -- "$@" "$pci/${member##*/}/config"
      done
      ;;
  esac
done
[ $# -eq 0 ] || bytes 4096 "$@"
# shellcheck disable=SC2086
[ -z "$placed" ] || files $placed
