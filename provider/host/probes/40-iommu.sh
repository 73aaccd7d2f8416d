# IOMMU units, groups, what the firmware offers, interrupt remapping and VFIO
# (Documentation/ABI/testing/sysfs-kernel-iommu_groups, sysfs-class-iommu).
names sys/class sys/class/iommu sys/kernel/iommu_groups sys/kernel/iommu_groups/*/devices dev/vfio
present sys/firmware/acpi/tables/DMAR sys/firmware/acpi/tables/IVRS sys/firmware/acpi/tables/IORT
printf '== names\n'
[ ! -d sys/firmware/acpi/tables ] || printf 'D sys/firmware/acpi/tables\n'
files sys/kernel/iommu_groups/*/type sys/kernel/iommu_groups/*/name sys/kernel/iommu_groups/*/reserved_regions \
  sys/module/vfio_iommu_type1/parameters/allow_unsafe_interrupts sys/module/iommufd/parameters/allow_unsafe_interrupts \
  sys/module/vfio/parameters/enable_unsafe_noiommu_mode sys/module/vfio_pci/parameters/*

# Names of interrupt chips: those behind a remapping unit begin with IR-. Two sources, since either may be missing.
interrupt_chips() {
  for chip in sys/kernel/irq/*/chip_name; do
    [ ! -r "$chip" ] || sort -u sys/kernel/irq/*/chip_name
    break
  done
  [ ! -r proc/interrupts ] || awk '/^ *[0-9]+:/ { for (i = 2; i <= NF; i++) if ($i !~ /^[0-9]+$/) { if (!seen[$i]++) print $i; break } }' proc/interrupts
}
derive interrupt-chips interrupt_chips
