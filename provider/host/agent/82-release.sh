# shellcheck shell=sh
# Giving functions back to the drivers they had before our first change.

# Step releaseDevice: DEADLINE_SECONDS ADDRESS... in the order of unbinding.
release_devices() {
  rd_seconds=$1
  shift
  : >"$T/release"
  for rd_address; do
    [ -e "$S/devices/$rd_address/ids" ] || continue
    release_check "$rd_address" || return 1
  done
  [ -s "$T/release" ] || {
    STATE=unchanged SAYS=${SAYS:-"nothing of ours to release: what the boot hook binds goes back with the next boot"}
    return 0
  }
  uptime_now
  rd_deadline=$((UPTIME + rd_seconds)) rd_said=''
  # Unbound in this order, so that companions let go first; the drivers come back in the other.
  reversed <"$T/release" >"$T/release.back"
  release_all
  case $? in
    0) SAYS="gave back$rd_said" ;;
    2) STATE=needs-reboot SAYS="$SAYS within $rd_seconds s: a reboot is needed, and nothing is tried again in this boot" ;;
    *) return 1 ;;
  esac
}

release_check() {
  device_read "$1" 2>/dev/null || {
    say "$1 is not there any more"
    device_forget "$1"
    SAYS=''
    return 0
  }
  ! device_in_flight "$1" || return 1
  first_line "$S/devices/$1/ids"
  [ "$IDS" = "$LINE" ] || {
    SAYS="$1 is another device now ($IDS, was $LINE): it is left alone"
    say "$SAYS"
    device_forget "$1"
    return 0
  }
  ! device_held "$1" || {
    fail "a process holds the VFIO group of $1, as a running guest does: stop or move the guest first"
    return 1
  }
  printf '%s\n' "$1" >>"$T/release"
}

release_all() {
  while read -r ra_address <&5; do
    device_read "$ra_address" || return 1
    first_line "$S/devices/$ra_address/driver_written" && ra_written=$LINE
    device_note "$ra_address" "$ra_written" || return
    first_line "$S/devices/$ra_address/override_before" && ra_override=$LINE
    [ "$OVERRIDE" != "$ra_written" ] || kernel_write "$DEVICE/driver_override" "$ra_override" "$ra_address" "$rd_deadline" || return
    [ "$DRIVER" = "$ra_written" ] || continue
    kernel_write "$DEVICE/driver/unbind" "$ra_address" "$ra_address" "$rd_deadline" || return
    device_wait "$ra_address" '' "$rd_deadline" || { [ "$DRIVER" = "$ra_written" ] && fail "$ra_address is still on $DRIVER" || continue; return 2; }
  done 5<"$T/release"
  while read -r ra_address <&5; do
    first_line "$S/devices/$ra_address/driver_before" && ra_before=$LINE
    first_line "$S/devices/$ra_address/override_before" && ra_override=$LINE
    device_driver "$ra_address"
    if [ -z "$DRIVER" ] || [ "$DRIVER" = "$ra_before" ]; then
      give_back "$ra_address" "$ra_before" "$ra_override" "$rd_deadline" || return
    fi
    device_driver "$ra_address"
    rd_said="$rd_said $ra_address (now on ${DRIVER:-no driver})"
    device_forget "$ra_address"
  done 5<"$T/release.back"
}
