# Mediated devices (Documentation/ABI/testing/sysfs-bus-vfio-mdev): what can make them, of which types, and those there are.
parents=sys/class/mdev_bus
mediated=sys/bus/mdev/devices
names $parents $mediated
if [ -d $parents ]; then
  names $parents/*/mdev_supported_types $parents/*/mdev_supported_types/*/devices
  links "$parents/*"
  files "$parents/*/mdev_supported_types/*/name $parents/*/mdev_supported_types/*/description $parents/*/mdev_supported_types/*/device_api" \
    "$parents/*/mdev_supported_types/*/available_instances"
fi
[ ! -d $mediated ] || links "$mediated/* $mediated/*/mdev_type $mediated/*/iommu_group $mediated/*/driver"
files sys/module/i915/parameters/enable_gvt
# What VFIO calls a mediated device in /dev/vfio/devices; types of NVIDIA's vendor-specific VFIO, which has no mediated devices.
present $mediated/*/vfio-dev/*
for device in $displays; do
  present "$pci/$device/nvidia/creatable_vgpu_types"
done
# What of them is ours, by our journal.
names var/lib/gpuhost/mdevs
files 'var/lib/gpuhost/mdevs/*/owner var/lib/gpuhost/mdevs/*/parent var/lib/gpuhost/mdevs/*/type'
