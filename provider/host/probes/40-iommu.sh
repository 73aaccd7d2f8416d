# IOMMU units, groups, what the firmware offers, interrupt remapping and VFIO
# (Documentation/ABI/testing/sysfs-kernel-iommu_groups, sysfs-class-iommu).
names sys/class sys/class/iommu sys/kernel/iommu_groups dev/vfio
# Which group a function is in, its link says. What else a group has to say is read of those that a verdict may be about; of all of them where
# a link is missing, since then only the groups say who is in them.
groups='' grouped=1 here=$PWD
for address in $functions; do
  # The directory's real name ends with the group's number. What is found by CDPATH would be another directory.
  if cd -P "./$pci/$address/iommu_group" 2>/dev/null; then
    case " $groups " in
      *" ${PWD##*/} "*) ;;
      *) groups="$groups ${PWD##*/}" ;;
    esac
    cd "$here" || exit
  else
    grouped=
  fi
done
set --
for group in $groups; do set -- "$@" "sys/kernel/iommu_groups/$group/devices"; done
[ -n "$grouped" ] || set -- sys/kernel/iommu_groups/*/devices
for directory in "$@"; do
  files "${directory%/devices}/type ${directory%/devices}/reserved_regions"
  [ -d "$directory" ] || continue
  printf 'D %s\n' "$directory"
  if [ -r "$directory" ] && [ -x "$directory" ]; then
    printf 'N %s\n' "$directory"/*
  else
    printf 'U %s\n' "$directory"
  fi
done
present sys/firmware/acpi/tables/DMAR sys/firmware/acpi/tables/IVRS sys/firmware/acpi/tables/IORT
printf '== names\n'
[ ! -d sys/firmware/acpi/tables ] || printf 'D sys/firmware/acpi/tables\n'
files 'sys/kernel/iommu_groups/*/name' \
  'sys/module/vfio_iommu_type1/parameters/allow_unsafe_interrupts sys/module/iommufd/parameters/allow_unsafe_interrupts' \
  'sys/module/vfio/parameters/enable_unsafe_noiommu_mode sys/module/vfio_pci/parameters/*'

# Names of interrupt chips: those behind a remapping unit begin with IR-. Two sources, since either may be missing.
work interrupt-chips tagged chip ''
