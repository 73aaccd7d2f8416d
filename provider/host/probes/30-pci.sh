# Every PCI function (Documentation/ABI/testing/sysfs-bus-pci), with its config space.
pci=sys/bus/pci/devices
names $pci sys/bus/pci/drivers
there $pci/*/reset
links "$pci/*" "$pci/*/driver" "$pci/*/iommu_group" "$pci/*/physfn"

# What a function is stands in four lines of its uevent (drivers/pci/pci-driver.c, pci_uevent). Where one has not all four, as in trees that
# were put together by hand, the six attributes of all are read instead.
identities='' displays='' bridges='' telling='' ids=''

# identify: takes apart what digest found: five lines that begin with a dot, so that none is empty, then the texts.
identify() {
  IFS=$newline
  set -f
  # shellcheck disable=SC2086 # lines
  set -- ${identified#*== pci"$newline"}
  set +f
  if [ $# -lt 5 ]; then
    lines=0
    unset IFS
    return
  fi
  lines=${1#.} displays=${2#.} bridges=${3#.} telling=${4#.} ids=${5#.}
  shift 5
  # A digest that was cut short counts for nothing.
  [ $# -eq "$lines" ] || lines=0
  identities=$*
  unset IFS
}
set -- $pci/*
if [ -e "$1" ]; then
  lines=0
  case $identified in
    *"== pci$newline"*) identify ;;
  esac
  if [ "$lines" -eq $(($# * 4)) ]; then
    printf '== uevents %s\n%s\n' $pci "$identities"
  else
    printf '== each %s\n' $pci
    printf '%s\n' 'class vendor device subsystem_vendor subsystem_device modalias'
    printf '%s\n' "$@" | sed 's|.*/||'
    printf '== lines\n'
    identified=$(cd $pci && printf '%s\n' * | sed 's|.*|&/class\n&/vendor\n&/device\n&/subsystem_vendor\n&/subsystem_device\n&/modalias|' | xargs grep -aH '' 2>&1 | digest -)
    identify
    [ "$lines" -gt 0 ] || exit 4
    printf '%s\n' "$identities"
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
for address in $bridges; do wholly "$address"; done
# Virtual functions may be given to guests, and what has them lets no other have it, whatever they are.
for path in "$pci"/*/physfn "$pci"/*/sriov_totalvfs; do
  if [ -e "$path" ] || [ -L "$path" ]; then
    address=${path%/*} && address=${address##*/}
    case " $telling $displays $bridges " in
      *" $address "*) ;;
      *) telling="$telling $address" ;;
    esac
    [ "${path##*/}" != physfn ] || wholly "$address"
  fi
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
# All of which more is read than what they are. Of every function the beginning of the config space: it says which are bridges, and a
# device that is dead has nothing but ones in it.
functions=$whole headers=''
for address in $telling; do
  case $whole in
    *" $address "*) ;;
    *) functions="$functions$address " ;;
  esac
done
for path in "$pci"/*/config; do
  [ -e "$path" ] || break
  address=${path%/config}
  case $whole in
    *" ${address##*/} "*) ;;
    *) headers="$headers $path" ;;
  esac
done
for address in $functions; do
  at=$pci/$address
  # What all have is not looked for first.
  plain="$plain $at/revision $at/numa_node $at/enable $at/power_state $at/d3cold_allowed $at/driver_override"
  files "$at/reset_method $at/ari_enabled $at/sriov_numvfs $at/current_link_speed $at/current_link_width $at/max_link_speed $at/max_link_width"
done
# One of any function shows that this kernel has the list (since 5.15).
for path in "$pci"/*/reset_method; do
  files "$path"
  break
done
