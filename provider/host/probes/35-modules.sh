# Which modules of every installed kernel would claim what shares a slot or a group with a GPU; what modprobe.d(5) and driverctl(8) say of it.
claims=''
for id in $ids; do
  case $members in
    *" ${id%%=*} "*) id=${id#*=} ;;
    *) continue ;;
  esac
  claim="pci:v(\\*|0000${id%:*})d(\\*|0000${id#*:})sv|"
  case $claims in
    *"$claim"*) ;;
    *) claims=$claims$claim ;;
  esac
done
matching "^alias (${claims}vfio_pci:)" 'lib/modules/*/modules.alias'
matching '^[[:space:]]*(blacklist|install[[:space:]]+[^[:space:]]+[[:space:]]+/(usr/)?bin/(false|true)|options[[:space:]]+(vfio|iommufd))' \
  'etc/modprobe.d/*.conf run/modprobe.d/*.conf usr/local/lib/modprobe.d/*.conf usr/lib/modprobe.d/*.conf lib/modprobe.d/*.conf'
files 'etc/driverctl.d/*'
