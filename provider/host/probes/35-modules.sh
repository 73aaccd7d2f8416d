# Which modules of every installed kernel would claim what shares a slot or a group with a GPU; what modprobe.d(5) and driverctl(8) say of it.
claims='' vendor=''
IFS=$newline
for line in $identities; do
  case $line in
    */uevent:PCI_ID=*) id=${line##*=} ;;
    */vendor:0x*) vendor=${line##*:0x} && continue ;;
    */device:0x*) id=$vendor:${line##*:0x} ;;
    *) continue ;;
  esac
  case $members in
    *" ${line%%/*} "*) ;;
    *) continue ;;
  esac
  # Aliases have ids in upper case, attributes have them in lower case.
  case $id in
    *[a-f]*) id=$(printf '%s' "$id" | tr a-f A-F) ;;
  esac
  claim="pci:v(\\*|0000${id%:*})d(\\*|0000${id#*:})sv|"
  case $claims in
    *"$claim"*) ;;
    *) claims=$claims$claim ;;
  esac
done
unset IFS
matching "^alias (${claims}vfio_pci:)" 'lib/modules/*/modules.alias'
matching '^[[:space:]]*(blacklist|install[[:space:]]+[^[:space:]]+[[:space:]]+/(usr/)?bin/(false|true)|options[[:space:]]+(vfio|iommufd))' \
  'etc/modprobe.d/*.conf run/modprobe.d/*.conf usr/local/lib/modprobe.d/*.conf usr/lib/modprobe.d/*.conf lib/modprobe.d/*.conf'
files 'etc/driverctl.d/*'
