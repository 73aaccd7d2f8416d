# Who has a device open (root sees all processes), and which guests run. Of a guest's arguments only its name, its uuid and its
# host devices leave the host.
holders() {
  # shellcheck disable=SC2012 # names below fd are numbers, and find of busybox has no -lname
  ls -ln proc/[0-9]*/fd | awk '
    /^proc\// { pid = $1; sub(/^proc\//, "", pid); sub(/\/.*/, "", pid) }
    / -> \/dev\/(nvidia[0-9]|vfio\/[0-9]|vfio\/devices\/|dri\/(card|render))/ { print pid, $NF }' | sort -u |
    while read -r pid node; do
      command=
      read -r command <"proc/$pid/comm" && printf '%s %s\n' "$node" "$command"
    done | sort -u
}
if [ -n "$root" ] || [ "$(id -u)" = 0 ]; then
  ask holders holders
fi
files proc/driver/nvidia/gpus/*/information

# Found by name first: the arguments of a process that hangs in the kernel cannot always be read.
guest_arguments() {
  grep -lE '^(qemu|kvm)' proc/[0-9]*/comm | sed 's/comm$/cmdline/' | tr '\n' '\0' | xargs -0 head -c 65536 /dev/null | tr '\000' '\n' | awk '
    /^==> .* <==$/ { first = 1; guest = 0; wanted = ""; next }
    first { first = 0; guest = $0 ~ /(^|\/)(qemu-system-[a-z0-9_]+|qemu-kvm|kvm)$/; if (guest) print "guest"; next }
    !guest { next }
    wanted != "" { print wanted, $0; wanted = ""; next }
    /^-name$/ { wanted = "name" }
    /^-uuid$/ { wanted = "uuid" }
    /vfio-pci/ { print "device", $0 }'
}
ask guests guest_arguments

domain_files() {
  for path in run/libvirt/qemu/*.xml; do
    [ -r "$path" ] || continue
    awk '
      FNR == 1 { print "guest" }
      /<name>/ && !named { print; named = 1 }
      /<uuid>/ && !numbered { print; numbered = 1 }
      /<hostdev / { inside = 1 }
      inside && /<source/ { source = 1 }
      inside && source && /<address / { print }
      /<\/source>/ { source = 0 }
      /<\/hostdev>/ { inside = 0 }' "$path"
  done
}
derive domains domain_files
