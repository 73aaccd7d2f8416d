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

# digest FILE...: interrupt chips, default routes, and packages of dpkg's record: "TAG WORDS" a line.
digest() {
  awk '
    function once(text) { if (!(text in seen)) { seen[text] = 1; print text } }
    function flush(at) {
      for (at = 1; at <= count; at++) print "conffile", package, version, architecture, found[at]
      count = 0
    }
    FNR == 1 { flush() }
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
    END { flush() }
    function installed() {
      if (package ~ /^nvidia-fabric-?manager(-[0-9]+)?$/) print "fabric", package, version
      if (package ~ /^(qemu-system-(x86|arm|misc|common)|qemu-kvm|libvirt-daemon|libvirt-daemon-driver-qemu|libvirglrenderer[0-9]+|libgl1-mesa-dri|mesa-libgallium|mesa-vulkan-drivers)$/)
        print "graphics", package, version
      if (package ~ /^(nova-common|nova-compute|python3-nova)$/) print "nova", package, version
    }' "$@"
}
digested=
set --
# Interrupts come and go, and an awk that misses a file ends there: what stays comes first.
for path in proc/net/route proc/net/ipv6_route var/lib/dpkg/status proc/interrupts sys/kernel/irq/*/chip_name; do
  [ ! -r "$path" ] || set -- "$@" "$path"
done
[ $# -eq 0 ] || digested=$(digest "$@" 2>/dev/null)

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
