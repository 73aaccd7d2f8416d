# Which modules of every installed kernel would claim what shares a slot or a group with a GPU; what modprobe.d(5) and driverctl(8) say of it.
set --
for device in "$pci"/*; do
  class=
  [ ! -r "$device/class" ] || read -r class <"$device/class"
  case $class in
    0x03* | 0x12*)
      for member in "${device%.*}".* "$device"/iommu_group/devices/*; do
        vendor='' id=''
        [ ! -r "$pci/${member##*/}/vendor" ] || read -r vendor <"$pci/${member##*/}/vendor"
        [ ! -r "$pci/${member##*/}/device" ] || read -r id <"$pci/${member##*/}/device"
        [ -z "$id" ] || set -- "$@" "${vendor#0x}:${id#0x}"
      done
      ;;
  esac
done
# Aliases have ids in upper case, sysfs in lower case.
claims=
[ $# -eq 0 ] || claims=$(printf '%s\n' "$@" | awk -F: '!seen[$0]++ { printf "pci:v(\\*|0000%s)d(\\*|0000%s)sv|", toupper($1), toupper($2) }')
matching "^alias (${claims}vfio_pci:)" lib/modules/*/modules.alias
matching '^[[:space:]]*(blacklist|install[[:space:]]+[^[:space:]]+[[:space:]]+/(usr/)?bin/(false|true)|options[[:space:]]+(vfio|iommufd))' \
  etc/modprobe.d/*.conf run/modprobe.d/*.conf usr/local/lib/modprobe.d/*.conf usr/lib/modprobe.d/*.conf lib/modprobe.d/*.conf
files etc/driverctl.d/*
