# shellcheck shell=sh
# Virtual functions of a physical one. The kernel goes from one number to another only through 0 (drivers/pci/iov.c, sriov_numvfs_store),
# and takes every virtual function away on that way: nothing is done while a guest holds one.

# What our unit reads at boot.
VIRTUAL_CONF=/etc/gpuhost/virtual-functions.conf

# vfs_of ADDRESS: its virtual functions in their order, into VFS.
vfs_of() {
  VFS='' vo_at=0
  while vo_link=$(readlink "$R/sys/bus/pci/devices/$1/virtfn$vo_at" 2>/dev/null); do
    VFS="$VFS ${vo_link##*/}" vo_at=$((vo_at + 1))
  done
  VFS=${VFS# }
}

# virtual_read ADDRESS: what device_read gives, COUNT of its virtual functions, AUTOPROBE ("" where the kernel has none), VFS.
virtual_read() {
  device_read "$1" || return 1
  first_line "$DEVICE/sriov_numvfs" && COUNT=$LINE
  [ -n "$COUNT" ] || {
    fail "$1 cannot have virtual functions: it has no sriov_numvfs"
    return 1
  }
  first_line "$DEVICE/sriov_drivers_autoprobe" && AUTOPROBE=$LINE
  vfs_of "$1"
}

# virtual_free ADDRESS: 1 when a process holds one of VFS.
virtual_free() {
  for vf_each in $VFS; do
    ! device_held "$vf_each" || {
      fail "a process holds the VFIO group of $vf_each, a virtual function of $1, as a running guest does: nothing is touched"
      return 1
    }
  done
}

# Step setVirtualFunctions: DEADLINE_SECONDS ADDRESS IDS PHYSICAL_DRIVER FROM TO kernel|sriov-manage DRIVER|host|none
set_virtual() {
  sv_seconds=$1
  virtual_read "$2" || return 1
  [ "$IDS" = "$3" ] || {
    fail "at $2 there is $IDS now, and the plan was made for $3: nothing is touched"
    return 1
  }
  [ "$DRIVER" = "$4" ] || {
    fail "$2 is on ${DRIVER:-no driver} now, and the plan was made for ${4:-no driver}: nothing is touched"
    return 1
  }
  [ "$COUNT" = "$5" ] || {
    fail "$2 has $COUNT virtual functions now, and the plan was made for $5: nothing is touched"
    return 1
  }
  virtual_in_flight "$2" && virtual_free "$2" && virtual_note "$2" || return 1
  uptime_now
  sv_deadline=$((UPTIME + sv_seconds))
  virtual_ends "$2" "$sv_seconds" virtual_set "$2" "$6" "$7" "$8" || return 1
  [ "$STATE" = needs-reboot ] || SAYS="$2 has $6 virtual functions${VFS:+: $VFS}"
}

# virtual_ends ADDRESS SECONDS COMMAND...: makes a hang in the kernel an outcome of its own.
virtual_ends() {
  ve_at=$1 ve_seconds=$2
  shift 2
  KW_HOME=$S/virtual
  "$@"
  ve_code=$?
  KW_HOME=''
  [ "$ve_code" = 2 ] || return "$ve_code"
  STATE=needs-reboot SAYS="$SAYS within $ve_seconds s: a reboot is needed, and nothing is tried again for $ve_at in this boot"
}

virtual_in_flight() {
  KW_HOME=$S/virtual
  device_in_flight "$1" && vi_code=1 || vi_code=0
  KW_HOME=''
  return "$vi_code"
}

# virtual_set ADDRESS COUNT BY DRIVER
virtual_set() {
  vs_autoprobe=$AUTOPROBE
  case $4 in host) vs_first=1 ;; *) vs_first=0 ;; esac
  virtual_count "$1" "$2" "$3" "$vs_first" || return
  case $4 in host | none) return 0 ;; esac
  for vs_each in $VFS; do
    kernel_write "$R/sys/bus/pci/devices/$vs_each/driver_override" "$4" "$1" "$sv_deadline" || return
  done
  virtual_autoprobe "$1" "$vs_autoprobe" || return
  for vs_each in $VFS; do virtual_drive "$1" "$vs_each" "$4" || return; done
}

# virtual_drive ADDRESS VF DRIVER
virtual_drive() {
  kernel_write "$R/sys/bus/pci/drivers_probe" "$2" "$1" "$sv_deadline" || return
  uptime_now
  vd_limit=$((UPTIME + 3))
  [ "$vd_limit" -lt "$sv_deadline" ] || vd_limit=$sv_deadline
  device_wait "$2" "$3" "$vd_limit" && return 0
  fail "$3 did not take $2 (it has ${DRIVER:-no driver}); the kernel's log on the host says why"
}

# virtual_autoprobe ADDRESS VALUE
virtual_autoprobe() {
  va_file=$R/sys/bus/pci/devices/$1/sriov_drivers_autoprobe
  [ -e "$va_file" ] && [ -n "$2" ] || return 0
  first_line "$va_file"
  [ "$LINE" = "$2" ] || kernel_write "$va_file" "$2" "$1" "$sv_deadline"
}

# virtual_count ADDRESS COUNT BY AUTOPROBE: that many, none of which was there before; AUTOPROBE 0: without a driver yet. VFS are theirs.
virtual_count() {
  for vc_each in $VFS; do
    first_line "$R/sys/bus/pci/devices/$vc_each/nvidia/current_vgpu_type"
    [ "${LINE:-0}" = 0 ] || kernel_write "$R/sys/bus/pci/devices/$vc_each/nvidia/current_vgpu_type" 0 "$1" "$sv_deadline" || return
  done
  if [ "$3" = sriov-manage ]; then
    [ "$COUNT" = 0 ] || { virtual_tool "$1" -d && virtual_wait "$1" 0; } || return
    [ "$2" = 0 ] || virtual_tool "$1" -e || return
  else
    vc_file=$R/sys/bus/pci/devices/$1/sriov_numvfs
    virtual_autoprobe "$1" "$4" || return
    [ "$COUNT" = 0 ] || { kernel_write "$vc_file" 0 "$1" "$sv_deadline" && virtual_wait "$1" 0; } || return
    [ "$2" = 0 ] || kernel_write "$vc_file" "$2" "$1" "$sv_deadline" || return
  fi
  virtual_wait "$1" "$2"
}

# virtual_wait ADDRESS COUNT: until it has that many, which is at once where the write has returned.
virtual_wait() {
  uptime_now
  vw_limit=$((UPTIME + 5))
  while :; do
    first_line "$R/sys/bus/pci/devices/$1/sriov_numvfs" && COUNT=$LINE
    vfs_of "$1"
    # shellcheck disable=SC2086 # addresses, one word each
    set -- "$1" "$2" $VFS
    [ "$COUNT" != "$2" ] || [ "$(($# - 2))" != "$2" ] || return 0
    uptime_now
    [ "$UPTIME" -lt "$vw_limit" ] || break
    set -- "$1" "$2"
    nap
  done
  fail "$1 has $COUNT virtual functions (${VFS:-none is to be seen}) and not $2; the kernel's log on the host says why"
}

# virtual_tool ADDRESS -e|-d: NVIDIA's own script, which unbinds the physical function on its way and may hang in the driver.
virtual_tool() {
  vt_tool=$R/usr/lib/nvidia/sriov-manage vt_mark=$S/virtual/$1/writer
  rm -f "$vt_mark.code" "$vt_mark.said"
  (
    trap '' HUP INT TERM
    "$vt_tool" "$2" "$1" >"$vt_mark.said" 2>&1
    printf '%s\n' "$?" >"$vt_mark.code"
  ) </dev/null >/dev/null 2>&1 &
  printf '%s %s %s\n' "$!" "$BOOT_ID" "$vt_tool" >"$vt_mark"
  while [ ! -s "$vt_mark.code" ]; do
    uptime_now
    [ "$UPTIME" -lt "$sv_deadline" ] || {
      fail "sriov-manage $2 $1 has not come back"
      return 2
    }
    nap
  done
  first_line "$vt_mark.code" && vt_code=$LINE
  vt_said=$(tail -n 3 "$vt_mark.said" 2>/dev/null)
  rm -f "$vt_mark" "$vt_mark.code" "$vt_mark.said"
  [ "$vt_code" = 0 ] || fail "sriov-manage $2 $1 failed: $(one_line "$vt_said")"
}
