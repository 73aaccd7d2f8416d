# What several probes look for in the same long lists, so that each is gone through once.

# Processes by their name, of which the kernel keeps 15 letters: those of Nova, QEMU, libvirt and the fabric manager. Names are read first, since the
# arguments of a process that hangs in the kernel cannot always be read.
processes='' processes_read=
set -- proc/[0-9]*/comm
if [ -r "$1" ]; then
  processes_read=1
  if [ $# -le "$few" ]; then
    processes=$(grep -aHE '^(\(?(nova-|python|uwsgi|gunicorn|apache2|httpd|wsgi)|qemu|kvm|nv-fabricmanage$|nv-fabricmanager$|libvirtd$|virtqemud$)' "$@" 2>/dev/null)
  else
    processes=$(printf '%s\0' "$@" | xargs -0 grep -aHE '^(\(?(nova-|python|uwsgi|gunicorn|apache2|httpd|wsgi)|qemu|kvm|nv-fabricmanage$|nv-fabricmanager$|libvirtd$|virtqemud$)' 2>/dev/null)
  fi
fi

# named PATTERN...: sets $found to the directories of processes whose name matches one, a line each.
named() {
  found=
  IFS=$newline
  set -f
  for line in $processes; do
    for pattern in "$@"; do
      # shellcheck disable=SC2254 # a pattern
      case ${line#*:} in
        $pattern) found="$found${line%%/comm:*}$newline" && break ;;
      esac
    done
  done
  set +f
  unset IFS
}

# digest FILE...: interrupt chips, default routes, and packages of dpkg's record: "TAG WORDS" a line. Then, where there were uevents of PCI functions
# or, on standard input, lines "ADDRESS/ATTRIBUTE:TEXT", what these functions are (30-pci.sh).
digest() {
  awk '
    function told(address, line) {
      if (!(address in known)) { known[address] = 1; order[++functions] = address }
      text[++lines] = line
    }
    function padded(hex) { sub(/^0x/, "", hex); while (length(hex) < 6) hex = "0" hex; return toupper(hex) }
    FNR == 1 {
      flush()
      address = ""
      if (FILENAME ~ /^sys\/bus\/pci\/devices\/.*\/uevent$/) address = substr(FILENAME, 21, length(FILENAME) - 27)
    }
    address != "" {
      if (/^PCI_CLASS=/) class[address] = padded(substr($0, 11))
      else if (/^PCI_ID=/) id[address] = substr($0, 8)
      else if (!/^(PCI_SUBSYS_ID|MODALIAS)=/) next
      told(address, address "/uevent:" $0)
      next
    }
    FILENAME == "-" || FILENAME == "" {
      line = $0
      sub(/^grep: /, "")
      named = $0; sub(/\/.*/, "", named)
      attribute = $0; sub(/^[^\/]*\//, "", attribute)
      told(named, line)
      if (sub(/^class:0x/, "", attribute)) class[named] = padded(attribute)
      else if (sub(/^vendor:0x/, "", attribute)) vendor[named] = toupper(attribute)
      else if (sub(/^device:0x/, "", attribute)) id[named] = vendor[named] ":" toupper(attribute)
      next
    }
    function once(text) { if (!(text in seen)) { seen[text] = 1; print text } }
    function flush(at) {
      for (at = 1; at <= count; at++) print "conffile", package, version, architecture, found[at]
      count = 0
    }
    FILENAME == "proc/interrupts" {
      if ($1 ~ /^[0-9]+:$/) for (i = 2; i <= NF; i++) if ($i !~ /^[0-9]+$/) { once("chip " $i); break }
      next
    }
    FILENAME ~ /chip_name$/ { once("chip " $0); next }
    FILENAME == "proc/net/route" { if ($2 == "00000000" && $8 == "00000000") once("route " $1); next }
    FILENAME == "proc/net/ipv6_route" { if ($1 ~ /^0+$/ && $2 == "00" && $NF != "lo") once("route " $NF); next }
    /^[^ ]/ { files = 0 }
    /^Package: / { package = $2; there = 0 }
    /^Status: / { there = / installed$/ }
    /^Version: / { version = $2; if (there) installed() }
    /^Architecture: / { architecture = $2 }
    /^Conffiles:/ { files = 1; next }
    files && $3 != "obsolete" && $1 ~ /^\/etc\/apparmor\.d\/(libvirt\/TEMPLATE\.qemu|abstractions\/libvirt-qemu|usr\.lib\.libvirt\.virt-aa-helper)$/ {
      found[++count] = $2 " " $1
    }
    /^$/ { flush() }
    END { flush(); if (functions > 0) identified() }
    # Of memory, of host and ISA bridges, of system peripherals, signal processing and SMBus, which are most functions of a server, nobody asks more
    # than what they are.
    function identified(at, of, displays, bridges, telling, ids) {
      for (at = 1; at <= functions; at++) {
        address = order[at]; of = class[address]
        if (of ~ /^(03|12)/) displays = displays " " address
        else if (of ~ /^0604/) bridges = bridges " " address
        else if (of !~ /^(05|0600|0601|08|11|0C05)/) telling = telling " " address
        if (address in id) ids = ids " " address "=" id[address]
      }
      print "== pci"; print "." lines; print "." displays; print "." bridges; print "." telling; print "." ids
      for (at = 1; at <= lines; at++) print text[at]
    }
    function installed() {
      if (package ~ /^nvidia-fabric-?manager(-[0-9]+)?$/) print "fabric", package, version
      if (package ~ /^(qemu-system-(x86|arm|misc|common)|qemu-kvm|libvirt-daemon|libvirt-daemon-driver-qemu|libvirglrenderer[0-9]+|libgl1-mesa-dri|mesa-libgallium|mesa-vulkan-drivers)$/)
        print "graphics", package, version
      if (package ~ /^(nova-common|nova-compute|python3-nova)$/) print "nova", package, version
    }' "$@"
}
set --
# Interrupts and devices come and go, and an awk that misses a file ends there: what stays comes first.
for path in proc/net/route proc/net/ipv6_route var/lib/dpkg/status proc/interrupts sys/kernel/irq/*/chip_name; do
  [ ! -r "$path" ] || set -- "$@" "$path"
done
for path in sys/bus/pci/devices/*/uevent; do
  [ ! -r "$path" ] || set -- "$@" sys/bus/pci/devices/*/uevent
  break
done
identified=''
[ $# -eq 0 ] || identified=$(digest "$@" 2>/dev/null)
digested=${identified%%== pci*}

# tagged TAG PREFIX: prints what the digest has under a tag, as lines of an answer.
tagged() {
  IFS=$newline
  set -f
  for line in $digested; do
    [ "${line%% *}" != "$1" ] || printf '|%s\n' "$2${line#* }"
  done
  set +f
  unset IFS
}
