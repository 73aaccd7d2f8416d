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
bytes $pci/*/config
