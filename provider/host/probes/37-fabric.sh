# What joins cards past PCIe, as far as files say it: no card, no driver and no fabric manager is asked, and no register is read.
# The hive of XGMI is a number that amdgpu keeps (amdgpu_xgmi.c); xgmi_error beside it would reach for the card.
for device in $displays; do
  files "$pci/$device/xgmi_hive_info/xgmi_hive_id"
done
files sys/module/gim/parameters/fb_sharing_mode

# NVIDIA's fabric manager. Of its settings those about partitions, and where it takes orders, but no address.
fabric_configuration=usr/share/nvidia/nvswitch/fabricmanager.cfg
matching '^[[:space:]]*(FABRIC_MODE|FABRIC_MODE_RESTART|STATE_FILE_NAME|FM_CMD_UNIX_SOCKET_PATH)[[:space:]]*=' $fabric_configuration

# fabric_settings FILE: of a configuration that only its process names.
fabric_settings() {
  awk -F= '
    { gsub(/[ \t\r]/, "") }
    $1 ~ /^(FABRIC_MODE|FABRIC_MODE_RESTART|STATE_FILE_NAME|FM_CMD_UNIX_SOCKET_PATH)$/ { print "|setting " $0 }' "$1"
}

# fabric_orders FILE: who may reach the TCP port that activates partitions.
fabric_orders() {
  awk -F= '
    { gsub(/[ \t\r]/, "") }
    $1 == "FM_CMD_BIND_INTERFACE" { at = $2 }
    END { print "|orders", (at == "" || at ~ /^127\./ ? "loopback" : "network") }' "$1"
}

# One with a root of its own is a container.
fabric_manager() {
  [ -z "$processes_read" ] || printf '|read\n'
  named nv-fabricmanage nv-fabricmanager
  for process in $found; do
    # What has ended and was not collected yet manages nothing (proc(5), stat: Z, X).
    stat=
    [ ! -r "$process/stat" ] || read -r stat <"$process/stat"
    case ${stat##*) } in [ZX]*) continue ;; esac
    printf '|process\n'
    inside=
    # shellcheck disable=SC2012 # one inode number
    if [ -e "$process/root/etc/." ] && [ "$(ls -diL "$process/root/." | awk '{ print $1 }')" != "$(ls -diL /. | awk '{ print $1 }')" ]; then
      inside=$process/root/
      printf '|container\n'
    fi
    configured=$(tr '\000' '\n' <"$process/cmdline" | awk '
      wanted { print; wanted = 0; next }
      $0 == "-c" || $0 == "--config" { wanted = 1; next }
      sub(/^--config=/, "")')
    configured=${configured:-/$fabric_configuration}
    printf '|configuration %s\n' "$configured"
    [ -z "$inside" ] && [ "$configured" = "/$fabric_configuration" ] || fabric_settings "$inside${configured#/}" || printf '|unreadable\n'
    [ ! -r "$inside${configured#/}" ] || fabric_orders "$inside${configured#/}"
  done
  tagged fabric 'package '
  saved=
  [ ! -r "$fabric_configuration" ] || saved=$(awk -F= '{ gsub(/[ \t\r]/, "") } $1 == "STATE_FILE_NAME" { at = $2 } END { print at }' "$fabric_configuration")
  saved=${saved:-/var/tmp/fabricmanager.state}
  [ ! -e "${saved#/}" ] || printf '|saved %s\n' "$saved"
}
if [ -n "$root" ] || [ "$user" = 0 ]; then
  work fabric-manager fabric_manager
fi

# Nothing on a host shows that links of a card are blocked: NVIDIA's tool sets registers and leaves no file. Units, hooks and scripts that
# call it show that somebody means to.
link_blockers() {
  for folder in etc/systemd/system etc/libvirt/hooks; do
    [ ! -d "$folder" ] || { [ -r "$folder" ] && [ -x "$folder" ]; } || return
  done
  [ ! -d etc/systemd/system ] || printf '|read\n'
  set --
  for path in etc/systemd/system etc/libvirt/hooks etc/udev/rules.d etc/cron.d etc/rc.local etc/init.d usr/local/bin usr/local/sbin usr/local/lib/systemd; do
    [ ! -e "$path" ] || set -- "$@" "$path"
  done
  [ $# -ne 0 ] || return 0
  IFS=$newline
  set -f
  # shellcheck disable=SC2044 # split at line ends only
  for path in $(find "$@" -type f -size -256 -exec grep -lE -e '--block-(all-nvlinks|nvlink)' /dev/null '{}' +); do
    printf '|file /%s\n' "$path"
  done
  set +f
  unset IFS
}
if [ -n "$root" ] || [ "$user" = 0 ]; then
  work link-blockers link_blockers
fi
