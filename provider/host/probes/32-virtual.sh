# Virtual functions: their links, NVIDIA's types on them, who offers them to VFIO, and what decides how they are made.
for found in "$pci"/*/sriov_totalvfs; do
  [ -e "$found" ] || break
  device=${found%/*}
  links "$device/virtfn*"
  files "$found $device/sriov_offset $device/sriov_stride $device/sriov_vf_device $device/sriov_drivers_autoprobe"
done
for device in $displays; do
  files "$pci/$device/nvidia/current_vgpu_type" "$pci/$device/nvidia/creatable_vgpu_types"
done
there "$pci"/*/vfio-dev/*
files etc/gpuhost/virtual-functions.conf
present usr/lib/nvidia/sriov-manage etc/systemd/system
