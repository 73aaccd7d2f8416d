# Virtual functions: their links, NVIDIA's types on them, who offers them to VFIO, and what decides how they are made.
offered=''
for address in $functions; do
  device=$pci/$address
  if [ -e "$device/sriov_totalvfs" ]; then
    links "$device/virtfn*"
    files "$device/sriov_totalvfs $device/sriov_offset $device/sriov_stride $device/sriov_vf_device $device/sriov_drivers_autoprobe"
  fi
  [ ! -d "$device/vfio-dev" ] || offered="$offered $device/vfio-dev/*"
done
for device in $displays; do
  files "$pci/$device/nvidia/current_vgpu_type" "$pci/$device/nvidia/creatable_vgpu_types"
done
# shellcheck disable=SC2086 # patterns
[ -z "$offered" ] || there $offered
files etc/gpuhost/virtual-functions.conf
present usr/lib/nvidia/sriov-manage etc/systemd/system
