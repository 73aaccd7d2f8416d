# Every PCI function (Documentation/ABI/testing/sysfs-bus-pci), with its config space.
pci=sys/bus/pci/devices
names $pci sys/bus/pci/drivers
there $pci/*/reset
links "$pci/*" "$pci/*/driver" "$pci/*/iommu_group" "$pci/*/physfn"
files "$pci/*/ari_enabled" "$pci/*/sriov_numvfs"

# What a function is stands in four lines of its uevent (drivers/pci/pci-driver.c, pci_uevent). Where one has not all four, as in trees that
# were put together by hand, the six attributes of all are read instead.
identities='' displays='' bridges=''
set -- $pci/*
if [ -e "$1" ]; then
  each $pci 'revision numa_node enable power_state d3cold_allowed driver_override reset_method current_link_speed current_link_width max_link_speed max_link_width'
  identities=$(cd $pci && exec grep -aHE '^(PCI_(CLASS|ID|SUBSYS_ID)|MODALIAS)=' -- */uevent 2>/dev/null)
  lines=0
  IFS=$newline
  for line in $identities; do
    lines=$((lines + 1))
    case $line in
      *:PCI_CLASS=3???? | *:PCI_CLASS=12????) displays="$displays ${line%%/*}" ;;
      *:PCI_CLASS=604??) bridges="$bridges ${line%%/*}" ;;
    esac
  done
  unset IFS
  if [ $lines -eq $(($# * 4)) ]; then
    printf '== uevents %s\n%s\n' $pci "$identities"
  else
    printf '== each %s\n' $pci
    printf '%s\n' 'class vendor device subsystem_vendor subsystem_device modalias'
    printf '%s\n' "$@" | sed 's|.*/||'
    printf '== lines\n'
    identities=$(cd $pci && printf '%s\n' * | sed 's|.*|&/class\n&/vendor\n&/device\n&/subsystem_vendor\n&/subsystem_device\n&/modalias|' | xargs grep -aH '' 2>&1)
    printf '%s\n' "$identities"
    displays='' bridges=''
    IFS=$newline
    for line in $identities; do
      case $line in
        */class:0x03* | */class:0x12*) displays="$displays ${line%%/*}" ;;
        */class:0x0604*) bridges="$bridges ${line%%/*}" ;;
      esac
    done
    unset IFS
  fi
fi

# Some devices do not bear it when registers are read that they do not have (lspci(8), -xxx), so all of the config space is
# read only where a verdict needs it: of displays and accelerators, what shares their slot or group, and bridges.
whole=' '
wholly() {
  case $whole in
    *" $1 "*) ;;
    *) whole="$whole$1 " ;;
  esac
}
# shellcheck disable=SC2086 # addresses have no blanks
for address in $bridges; do wholly "$address"; done
# Virtual functions may be given to guests whatever they are.
for device in "$pci"/*/physfn; do
  [ ! -e "$device" ] || { device=${device%/physfn} && wholly "${device##*/}"; }
done
# What shares a slot or a group with each display or accelerator, itself included.
members=' '
for address in $displays; do
  files "$pci/$address/resource" "$pci/$address/boot_vga"
  for member in "$pci/${address%.*}".* "$pci/$address"/iommu_group/devices/*; do
    member=${member##*/}
    # Groups hold what is no PCI function, too.
    [ -e "$pci/$member" ] || continue
    wholly "$member"
    case $members in
      *" $member "*) ;;
      *) members="$members$member " ;;
    esac
  done
done
headers=''
for path in "$pci"/*/config; do
  [ -e "$path" ] || break
  device=${path%/config}
  case $whole in
    *" ${device##*/} "*) ;;
    *) headers="$headers $path" ;;
  esac
done
