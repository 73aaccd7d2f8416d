# shellcheck shell=sh
# Changing drivers now, and taking that back in the same transaction.

# Step loadModule: MODULE
load_module() {
  lm_folder=$R/sys/module/$(printf '%s' "$1" | tr - _)
  if [ -d "$lm_folder" ]; then
    STATE=unchanged SAYS="$1 is loaded"
    return 0
  fi
  undo_note module "$1" && attempt "modprobe $1 failed" modprobe "$1" && SAYS="loaded $1"
}

# Best effort: a module that is in use stays, and does no harm.
undo_module() { modprobe -r "$1" 2>/dev/null </dev/null || :; }

# Step rebind: DEADLINE_SECONDS, then ADDRESS IDS FROM TO for each function in the order of unbinding.
rebind() {
  rb_seconds=$1
  shift
  : >"$T/rebind"
  for rb_word; do
    case $rb_word in *:*:*.[0-7]) ! device_in_flight "$rb_word" || return 1 ;; esac
  done
  while [ $# -ge 4 ]; do
    rebind_check "$1" "$2" "$3" "$4" || return 1
    [ "$DRIVER" = "$4" ] && [ "$OVERRIDE" = "$4" ] || printf '%s %s\n' "$1" "$4" >>"$T/rebind"
    shift 4
  done
  [ -s "$T/rebind" ] || {
    STATE=unchanged SAYS="the drivers are as planned"
    return 0
  }
  uptime_now
  rb_deadline=$((UPTIME + rb_seconds))
  rebind_overrides && rebind_unbind && rebind_probe
  case $? in
    0) SAYS="$(awk '{ printf "%s%s on %s", (NR > 1 ? ", " : ""), $1, $2 }' "$T/rebind")" ;;
    2)
      # The override stays: the next boot binds right, where a boot hook does not do it anyway.
      STATE=needs-reboot
      SAYS="$SAYS within $rb_seconds s; driver_override stays, and a reboot is needed: nothing is tried again in this boot"
      ;;
    *) return 1 ;;
  esac
}

# rebind_check ADDRESS IDS FROM TO
rebind_check() {
  device_read "$1" || return 1
  [ "$IDS" = "$2" ] || {
    fail "at $1 there is $IDS now, and the plan was made for $2: nothing is touched"
    return 1
  }
  ! device_is_bridge || {
    fail "$1 is a bridge, and bridges are never given another driver"
    return 1
  }
  [ "$DRIVER" = "$3" ] || [ "$DRIVER" = "$4" ] || {
    fail "$1 is on ${DRIVER:-no driver} now, and the plan was made for ${3:-no driver}: nothing is touched"
    return 1
  }
  [ "$DRIVER" = "$4" ] || ! device_held "$1" || {
    fail "a process holds the VFIO group of $1, as a running guest does: nothing is touched"
    return 1
  }
  first_line "$DEVICE/sriov_numvfs"
  [ "${LINE:-0}" = 0 ] || [ "$4" != vfio-pci ] || fail "$1 has $LINE virtual functions: vfio-pci refuses it"
}

rebind_overrides() {
  while read -r ro_address ro_to <&5; do
    device_read "$ro_address" && device_note "$ro_address" "$ro_to" && kernel_write "$DEVICE/driver_override" "$ro_to" "$ro_address" "$rb_deadline" || return
  done 5<"$T/rebind"
}

rebind_unbind() {
  while read -r ru_address ru_to <&5; do
    device_driver "$ru_address"
    [ -n "$DRIVER" ] && [ "$DRIVER" != "$ru_to" ] || continue
    say "unbinding $ru_address from $DRIVER"
    ru_from=$DRIVER
    kernel_write "$R/sys/bus/pci/devices/$ru_address/driver/unbind" "$ru_address" "$ru_address" "$rb_deadline" || return
    device_wait "$ru_address" '' "$rb_deadline" || {
      [ "$DRIVER" != "$ru_to" ] || continue
      fail "$ru_address is still on $ru_from"
      return 2
    }
  done 5<"$T/rebind"
}

rebind_probe() {
  reversed <"$T/rebind" >"$T/rebind.probe"
  while read -r rp_address rp_to <&5; do
    device_driver "$rp_address"
    [ "$DRIVER" != "$rp_to" ] || continue
    kernel_write "$R/sys/bus/pci/drivers_probe" "$rp_address" "$rp_address" "$rb_deadline" || return
    uptime_now
    # The probe has returned: what it came to shows at once, and a moment later at the most.
    rp_limit=$((UPTIME + 3))
    [ "$rp_limit" -lt "$rb_deadline" ] || rp_limit=$rb_deadline
    device_wait "$rp_address" "$rp_to" "$rp_limit" || {
      fail "$rp_to did not take $rp_address (it has ${DRIVER:-no driver}); the kernel's log on the host says why"
      return 1
    }
  done 5<"$T/rebind.probe"
}

# give_back ADDRESS DRIVER OVERRIDE DEADLINE: that override, and that driver again ("" for none).
give_back() {
  device_read "$1" || return 0
  ! device_in_flight "$1" || return 2
  [ "$OVERRIDE" = "$3" ] || kernel_write "$DEVICE/driver_override" "$3" "$1" "$4" || return
  [ "$DRIVER" != "$2" ] || return 0
  if [ -n "$DRIVER" ]; then
    kernel_write "$DEVICE/driver/unbind" "$1" "$1" "$4" || return
    device_wait "$1" '' "$4" || {
      [ "$DRIVER" = "$2" ] && return 0
      fail "$1 is still on $DRIVER"
      return 2
    }
  fi
  [ -n "$2" ] || return 0
  kernel_write "$R/sys/bus/pci/drivers_probe" "$1" "$1" "$4" || return
  uptime_now
  gb_limit=$((UPTIME + 3))
  device_wait "$1" "$2" "$gb_limit" && return
  if [ -n "$DRIVER" ]; then
    say "$1 went to $DRIVER, not to $2"
    return 0
  fi
  modprobe "$2" 2>/dev/null </dev/null
  kernel_write "$R/sys/bus/pci/drivers_probe" "$1" "$1" "$4" || return
  device_wait "$1" "$2" "$4" || fail "no driver took $1 again: it was on $2 before"
}

# Undo of one function in this transaction. After a reboot the kernel has forgotten it all by itself.
undo_device() {
  first_line "$T/saved/$1.driver" && ud_driver=$LINE
  first_line "$T/saved/$1.override" && ud_override=$LINE
  first_line "$T/boot_id"
  if [ "$LINE" = "$BOOT_ID" ]; then
    uptime_now
    give_back "$1" "$ud_driver" "$ud_override" "$((UPTIME + 30))" || return 1
    say "undone: $1 is on ${ud_driver:-no driver}"
  fi
  if [ -d "$T/saved/$1.known" ]; then
    [ -d "$S/devices/$1" ] || cp -pR "$T/saved/$1.known" "$S/devices/$1"
  else
    device_forget "$1"
  fi
}
