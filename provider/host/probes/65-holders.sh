# Who has a device open (root sees all processes), and which guests run. Of a guest's arguments only its name, its uuid and its
# host devices leave the host.
holders() {
  # shellcheck disable=SC2012 # names below fd are numbers, and find of busybox has no -lname
  ls -ln proc/[0-9]*/fd | awk '
    /^proc\// { pid = $1; sub(/^proc\//, "", pid); sub(/\/.*/, "", pid) }
    / -> \/dev\/(nvidia[0-9]|vfio\/[0-9]|vfio\/devices\/|dri\/(card|render))/ && !seen[pid " " $NF]++ { print pid, $NF }' |
    while read -r pid node; do
      command=
      read -r command <"proc/$pid/comm" && printf '%s %s\n' "$node" "$command"
    done | sort -u
}
if [ -n "$root" ] || [ "$user" = 0 ]; then
  ask holders holders
fi
files 'proc/driver/nvidia/gpus/*/information'

guest_arguments() {
  named 'qemu*' 'kvm*'
  [ -n "$found" ] || return 0
  set --
  for process in $found; do set -- "$@" "$process/cmdline"; done
  head -c 65536 /dev/null "$@" | tr '\000' '\n' | awk '
    /^==> .* <==$/ { first = 1; guest = 0; wanted = ""; next }
    first { first = 0; guest = $0 ~ /(^|\/)(qemu-system-[a-z0-9_]+|qemu-kvm|kvm)$/; if (guest) print "|guest"; next }
    !guest { next }
    wanted != "" { print "|" wanted, $0; wanted = ""; next }
    /^-name$/ { wanted = "name" }
    /^-uuid$/ { wanted = "uuid" }
    /vfio-pci/ { print "|device", $0 }'
}
[ -n "$root" ] || work guests guest_arguments

domain_files() {
  set --
  for path in run/libvirt/qemu/*.xml; do
    [ ! -r "$path" ] || set -- "$@" "$path"
  done
  [ $# -eq 0 ] || awk '
    FNR == 1 { print "|guest"; named = numbered = inside = source = 0 }
    /<name>/ && !named { print "|" $0; named = 1 }
    /<uuid>/ && !numbered { print "|" $0; numbered = 1 }
    /<hostdev / { inside = 1 }
    inside && /<source/ { source = 1 }
    inside && source && /<address / { print "|" $0 }
    /<\/source>/ { source = 0 }
    /<\/hostdev>/ { inside = 0 }' "$@"
}
work domains domain_files
