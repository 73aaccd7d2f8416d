# IOMMU units, groups, what the firmware offers, interrupt remapping and VFIO
# (Documentation/ABI/testing/sysfs-kernel-iommu_groups, sysfs-class-iommu).
names sys/class sys/class/iommu sys/kernel/iommu_groups dev/vfio
set -- sys/kernel/iommu_groups/*/devices
if [ -e "$1" ]; then
  printf 'D %s\n' "$@"
  printf 'N %s\n' sys/kernel/iommu_groups/*/devices/*
  for directory in "$@"; do
    { [ -r "$directory" ] && [ -x "$directory" ]; } || printf 'U %s\n' "$directory"
  done
fi
present sys/firmware/acpi/tables/DMAR sys/firmware/acpi/tables/IVRS sys/firmware/acpi/tables/IORT
printf '== names\n'
[ ! -d sys/firmware/acpi/tables ] || printf 'D sys/firmware/acpi/tables\n'
files 'sys/kernel/iommu_groups/*/type sys/kernel/iommu_groups/*/name sys/kernel/iommu_groups/*/reserved_regions' \
  'sys/module/vfio_iommu_type1/parameters/allow_unsafe_interrupts sys/module/iommufd/parameters/allow_unsafe_interrupts' \
  'sys/module/vfio/parameters/enable_unsafe_noiommu_mode sys/module/vfio_pci/parameters/*'

# Names of interrupt chips: those behind a remapping unit begin with IR-. Two sources, since either may be missing.
work interrupt-chips tagged chip ''
