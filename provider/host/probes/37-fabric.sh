# What joins cards past PCIe, as far as files say it: no card, no driver and no fabric manager is asked, and no register is read.
# The hive of XGMI is a number that amdgpu keeps (amdgpu_xgmi.c); xgmi_error beside it would reach for the card.
files sys/bus/pci/devices/*/xgmi_hive_info/xgmi_hive_id sys/module/gim/parameters/fb_sharing_mode

# NVIDIA's fabric manager. Of its settings those about partitions, and where it takes orders, but no address.
fabric_configuration=usr/share/nvidia/nvswitch/fabricmanager.cfg
matching '^[[:space:]]*(FABRIC_MODE|FABRIC_MODE_RESTART|STATE_FILE_NAME|FM_CMD_UNIX_SOCKET_PATH)[[:space:]]*=' $fabric_configuration

# fabric_settings FILE: of a configuration that only its process names.
fabric_settings() {
  awk -F= '
    { gsub(/[ \t\r]/, "") }
    $1 ~ /^(FABRIC_MODE|FABRIC_MODE_RESTART|STATE_FILE_NAME|FM_CMD_UNIX_SOCKET_PATH)$/ { print "setting " $0 }' "$1"
}

# fabric_orders FILE: who may reach the TCP port that activates partitions.
fabric_orders() {
  awk -F= '
    { gsub(/[ \t\r]/, "") }
    $1 == "FM_CMD_BIND_INTERFACE" { at = $2 }
    END { print "orders", (at == "" || at ~ /^127\./ ? "loopback" : "network") }' "$1"
}

# A process has 15 letters of its name. One with a root of its own is a container.
fabric_manager() {
  for name in proc/[0-9]*/comm; do
    [ ! -r "$name" ] || printf 'read\n'
    break
  done
  # shellcheck disable=SC2013 # names of files below /proc have no blanks
  for process in $(grep -lxE 'nv-fabricmanag(e|er)' proc/[0-9]*/comm); do
    process=${process%/comm}
    # What has ended and was not collected yet manages nothing (proc(5), stat: Z, X).
    stat=
    [ ! -r "$process/stat" ] || read -r stat <"$process/stat"
    case ${stat##*) } in [ZX]*) continue ;; esac
    printf 'process\n'
    inside=
    # shellcheck disable=SC2012 # one inode number
    if [ -e "$process/root/etc/." ] && [ "$(ls -diL "$process/root/." | awk '{ print $1 }')" != "$(ls -diL /. | awk '{ print $1 }')" ]; then
      inside=$process/root/
      printf 'container\n'
    fi
    named=$(tr '\000' '\n' <"$process/cmdline" | awk '
      wanted { print; wanted = 0; next }
      $0 == "-c" || $0 == "--config" { wanted = 1; next }
      sub(/^--config=/, "")')
    named=${named:-/$fabric_configuration}
    printf 'configuration %s\n' "$named"
    [ -z "$inside" ] && [ "$named" = "/$fabric_configuration" ] || fabric_settings "$inside${named#/}" || printf 'unreadable\n'
    [ ! -r "$inside${named#/}" ] || fabric_orders "$inside${named#/}"
  done
  [ ! -r var/lib/dpkg/status ] || awk '
    /^Package: / { name = $2 }
    /^Status: / { there = / installed$/ }
    /^Version: / && there && name ~ /^nvidia-fabric-?manager(-[0-9]+)?$/ { print "package", name, $2 }' var/lib/dpkg/status
  saved=$(awk -F= '{ gsub(/[ \t\r]/, "") } $1 == "STATE_FILE_NAME" { at = $2 } END { print at }' $fabric_configuration)
  saved=${saved:-/var/tmp/fabricmanager.state}
  [ ! -e "${saved#/}" ] || printf 'saved %s\n' "$saved"
}
if [ -n "$root" ] || [ "$(id -u)" = 0 ]; then
  derive fabric-manager fabric_manager
fi

# Nothing on a host shows that links of a card are blocked: NVIDIA's tool sets registers and leaves no file. Units, hooks and scripts that
# call it show that somebody means to.
link_blockers() {
  for folder in etc/systemd/system etc/libvirt/hooks; do
    [ ! -d "$folder" ] || { [ -r "$folder" ] && [ -x "$folder" ]; } || return
  done
  [ ! -d etc/systemd/system ] || printf 'read\n'
  find etc/systemd/system etc/libvirt/hooks etc/udev/rules.d etc/cron.d etc/rc.local etc/init.d usr/local/bin usr/local/sbin usr/local/lib/systemd \
    -type f -size -256 | tr '\n' '\0' | xargs -0 grep -lE -e '--block-(all-nvlinks|nvlink)' /dev/null | sed 's|^|file /|'
}
if [ -n "$root" ] || [ "$(id -u)" = 0 ]; then
  derive link-blockers link_blockers
fi
