# shellcheck shell=sh
# Giving PCI functions another driver. A write to these kernel files can hang for ever in the old driver's remove function and cannot
# be killed (domain: NVIDIA's nv_pci_remove_helper), so each one is a process of its own with a deadline.

# device_read ADDRESS: DEVICE, IDS, DRIVER ("" for none), OVERRIDE ("" for none).
device_read() {
  DEVICE=$R/sys/bus/pci/devices/$1
  [ -d "$DEVICE" ] || {
    fail "$1 is not there any more"
    return 1
  }
  IDS=''
  for dr_name in vendor device subsystem_vendor subsystem_device; do
    first_line "$DEVICE/$dr_name"
    IDS=$IDS${IDS:+:}${LINE#0x}
  done
  device_driver "$1"
  first_line "$DEVICE/driver_override" && OVERRIDE=$LINE
  [ "$OVERRIDE" != '(null)' ] || OVERRIDE=''
}

device_driver() {
  DRIVER=$(readlink "$R/sys/bus/pci/devices/$1/driver" 2>/dev/null) || DRIVER=''
  DRIVER=${DRIVER##*/}
}

# device_is_bridge: DEVICE has class 0604 or a header of type 1. vfio-pci refuses these, after they have lost their driver.
device_is_bridge() {
  first_line "$DEVICE/class"
  case $LINE in 0x0604*) return 0 ;; esac
  db_header=$(dd if="$DEVICE/config" bs=1 skip=14 count=1 2>/dev/null | od -An -tx1 | tr -d ' ')
  case $db_header in ?1) return 0 ;; esac
  return 1
}

# device_held ADDRESS: does a process hold the function's VFIO group or device node?
device_held() {
  dh_group=$(readlink "$R/sys/bus/pci/devices/$1/iommu_group" 2>/dev/null)
  dh_nodes="/dev/vfio/${dh_group##*/}"
  for dh_node in "$R/sys/bus/pci/devices/$1"/vfio-dev/vfio*; do
    [ ! -e "$dh_node" ] || dh_nodes="$dh_nodes|/dev/vfio/devices/${dh_node##*/}"
  done
  [ "$dh_nodes" != /dev/vfio/ ] || return 1
  # shellcheck disable=SC2010 # one process for all of /proc; the names are numbers and the targets are ours to match
  ls -l "$R"/proc/[0-9]*/fd 2>/dev/null | grep -qE -e "-> ($R)?($dh_nodes)\$"
}

# device_note ADDRESS DRIVER: the journal of a function before our first change, and the undo of this transaction.
device_note() {
  dn_at=$S/devices/$1
  mkdir -p "$T/saved" || return 1
  printf '%s\n' "$DRIVER" >"$T/saved/$1.driver" && printf '%s\n' "$OVERRIDE" >"$T/saved/$1.override" || return 1
  rm -rf "$T/saved/$1.known"
  if [ -e "$dn_at/ids" ]; then
    cp -pR "$dn_at" "$T/saved/$1.known" || return 1
  else
    rm -rf "$dn_at.draft"
    attempt "cannot write the journal of $1" mkdir -p "$dn_at.draft" || return 1
    put "$dn_at.draft/owner" "$OWNER" && put "$dn_at.draft/ids" "$IDS" && put "$dn_at.draft/driver_before" "$DRIVER" &&
      put "$dn_at.draft/override_before" "$OVERRIDE" && put "$dn_at.draft/since" "$NOW" || return 1
    durable "$dn_at.draft"/*
    rm -rf "$dn_at"
    attempt "cannot write the journal of $1" mv "$dn_at.draft" "$dn_at" || return 1
    durable "$S/devices"
  fi
  store "$dn_at/driver_written" "$2" && undo_note device "$1"
}

device_forget() {
  rm -rf "$S/devices/$1"
  durable "$S/devices"
}

# kernel_write FILE VALUE ADDRESS DEADLINE (the journal of ADDRESS lies in KW_HOME): 0 written, 1 refused by the kernel, 2 still in it at the deadline (uptime).
kernel_write() {
  kw_mark=${KW_HOME:-$S/devices}/$3/writer
  rm -f "$kw_mark.code" "$kw_mark.said"
  (
    trap '' HUP INT TERM
    { printf '%s\n' "$2" >"$1"; } 2>"$kw_mark.said"
    printf '%s\n' "$?" >"$kw_mark.code"
  ) </dev/null >/dev/null 2>&1 &
  kw_pid=$!
  printf '%s %s %s\n' "$kw_pid" "$BOOT_ID" "$1" >"$kw_mark"
  while [ ! -s "$kw_mark.code" ]; do
    uptime_now
    if [ "$UPTIME" -ge "$4" ]; then
      fail "the kernel has not come back from $3 > ${1#"$R"}"
      return 2
    fi
    nap
  done
  first_line "$kw_mark.code" && kw_code=$LINE
  kw_said=$(cat "$kw_mark.said" 2>/dev/null)
  rm -f "$kw_mark" "$kw_mark.code" "$kw_mark.said"
  [ "$kw_code" = 0 ] || fail "the kernel refused $2 > ${1#"$R"}: $(one_line "${kw_said##*: }")"
}

# device_in_flight ADDRESS: an earlier write in this boot has not come back.
device_in_flight() {
  di_mark=${KW_HOME:-$S/devices}/$1/writer
  [ -s "$di_mark" ] || return 1
  read -r di_pid di_boot di_file <"$di_mark" || return 1
  alive "$di_pid" "$di_boot" && [ ! -s "$di_mark.code" ] || return 1
  SAYS="an earlier attempt for $1 still hangs in the kernel (${di_file#"$R"}): only a reboot helps, and nothing is tried again before it"
}

# device_wait ADDRESS DRIVER DEADLINE: until that driver has it, "" for none.
device_wait() {
  while :; do
    device_driver "$1"
    [ "$DRIVER" != "$2" ] || return 0
    uptime_now
    [ "$UPTIME" -lt "$3" ] || return 1
    nap
  done
}
