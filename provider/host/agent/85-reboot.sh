# shellcheck shell=sh
# Rebooting: once for a reason. /var/lib/gpuhost/reboots has a line "BOOT_ID REASON_HASH EPOCH" for each, and "BOOT_ID over EPOCH"
# where a boot was seen to be what was wanted, or what it tried was taken back.

# Step reboot: REASON BOOT_ID
request_reboot() {
  [ "$2" = "$BOOT_ID" ] || {
    fail "the host has rebooted since the plan was made (boot $BOOT_ID, reviewed $2): preview again"
    return 1
  }
  rq_hash=$(printf '%s' "$1" | sha256sum)
  rq_hash=${rq_hash%% *}
  ! rebooted_for "$rq_hash" || return 1
  rq_lines=$(tail -n 49 "$S/reboots" 2>/dev/null)
  store "$S/reboots" "${rq_lines:+$rq_lines$NEWLINE}$BOOT_ID $rq_hash $(date +%s)" || return 1
  sync 2>/dev/null
  REBOOT=yes SAYS="rebooting: $1"
}

# reboot_over: the last reboot brought what it was for, or nobody wants that any more, so that its reason counts anew.
reboot_over() {
  [ -s "$S/reboots" ] || return 0
  store "$S/reboots" "$(tail -n 49 "$S/reboots")$NEWLINE$BOOT_ID over $(date +%s)"
}

# rebooted_for HASH: is this boot already what such a reboot led to, or is one under way?
rebooted_for() {
  [ -s "$S/reboots" ] || return 1
  read -r rf_boot rf_hash rf_when <<LINE
$(tail -n 1 "$S/reboots")
LINE
  [ "$rf_hash" = "$1" ] || return 1
  if [ "$rf_boot" = "$BOOT_ID" ]; then
    SAYS="a reboot for this reason was already ordered in this boot, and the host did not go down: see its console"
    return 0
  fi
  # A boot that began long after that order is not its result: somebody rebooted since.
  rf_began=$(sed -n 's/^btime //p' "$R/proc/stat" 2>/dev/null)
  if [ -n "$rf_began" ] && [ -n "$rf_when" ] && [ "$rf_began" -gt "$((rf_when + 3600))" ]; then return 1; fi
  SAYS="this boot is already the result of a reboot for the same reason, and it did not help: a second one is not tried. Look at the console and at /proc/cmdline of the host; after a reboot by hand, run again"
  return 0
}
