# shellcheck shell=sh disable=SC2034
# (SC2034: used in other files of the library.)
# The ends of a restore: what must be known before it, how its parts become one outcome, and what it says without doing anything.

# restore_look: what must be known before anything goes.
restore_look() {
  ACTS=0 RESTORE_LEFT='' RESTORE_WAITS='' RESTORE_KEPT='' RESTORE_IMAGES='' RESTORE_TOKENS='' RESTORE_TOOL='' rs_say=''
  rl_dropin=$R/etc/default/grub.d/zz-gpuhost.cfg
  if [ -e "$rl_dropin" ]; then
    ! drop_in_counts || RESTORE_KEPT=yes
    # What we may take out or put in again: the tokens by name, since lists are merged with what a person wrote.
    RESTORE_TOKENS=$(sed -n 's/^# gpuhost \(kept-\)\{0,1\}\(should-exist\|should-not-exist\|added\|had\): //p' "$rl_dropin" | while IFS= read -r rl_token; do
      printf '%s\n' "$rl_token"
      case $rl_token in ?*=*) printf '%s=*\n' "${rl_token%%=*}" ;; *) printf '%s=*\n' "$rl_token" ;; esac
    done)
  fi
  ! newest files | grep -q -e '^%2Fboot%2Finit' -e initramfs-tools -e dracut -e vfio-binding || RESTORE_IMAGES=yes
  if [ -n "$RESTORE_IMAGES" ]; then
    TOOL=''
    initramfs_tool && RESTORE_TOOL=$TOOL
  fi
  restore_waiting
}

# restore_waiting: what only a reboot takes back.
restore_waiting() {
  rw_tokens=''
  first_line "$R/proc/cmdline" && rw_running=" $LINE "
  while IFS= read -r rw_token; do
    case $rw_running in *" ${rw_token:-.} "*) rw_tokens="$rw_tokens $rw_token" ;; esac
  done <<LINES
$(sed -n 's/^# gpuhost should-exist: //p' "$R/etc/default/grub.d/zz-gpuhost.cfg" 2>/dev/null)
LINES
  [ -z "$rw_tokens" ] || RESTORE_WAITS="the running kernel keeps$rw_tokens until somebody reboots the host"
  rw_bound=''
  for rw_address in $({ tr -s ' \t=,"' '\n' <"$R/$BINDING" | grep -E '^[0-9a-f]{4,8}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-7]$'; bound_by_ids; } 2>/dev/null | sort -u); do
    device_driver "$rw_address"
    [ -d "$S/devices/$rw_address" ] || [ "$DRIVER" != vfio-pci ] || rw_bound="$rw_bound $rw_address"
  done
  [ -z "$rw_bound" ] || RESTORE_WAITS="${RESTORE_WAITS:+$RESTORE_WAITS; }bound at boot, so on vfio-pci until somebody reboots the host:$rw_bound"
  rw_made=$(made_at_boot)
  [ -z "$rw_made" ] || RESTORE_WAITS="${RESTORE_WAITS:+$RESTORE_WAITS; }made at boot, so there until somebody reboots the host: $rw_made"
}

# made_at_boot: virtual functions that our unit has made. Where we never changed a number, there is none that we could put back. A file that is
# younger than this boot has made nothing yet.
made_at_boot() {
  journal_knows "$VIRTUAL_CONF" || return 0
  ma_began=$(sed -n 's/^btime //p' "$R/proc/stat" 2>/dev/null)
  first_line "$S/files/$ENCODED/since"
  if [ -n "$ma_began" ] && [ "${LINE:-0}" -ge "$ma_began" ]; then return 0; fi
  ma_list=''
  while read -r ma_address ma_ids _; do
    case $ma_address in '' | '#'*) continue ;; esac
    [ ! -e "$S/virtual/$ma_address/ids" ] && virtual_read "$ma_address" && [ "$IDS" = "$ma_ids" ] && [ "$COUNT" != 0 ] || continue
    ma_list="$ma_list${ma_list:+, }$COUNT virtual functions of $ma_address"
  done <"$R$VIRTUAL_CONF"
  printf '%s' "$ma_list"
}

# bound_by_ids: addresses that the boot hook may have taken because a line "any IDS DRIVER" names their ids.
bound_by_ids() {
  sed -n 's/^\(# gpuhost kept: \)\{0,1\}any \([0-9a-f:]*\) .*/\2/p' "$R/$BINDING" | while read -r bb_ids; do
    for bb_device in "$R/sys/bus/pci/devices/"*; do
      device_read "${bb_device##*/}" || continue
      case $IDS in "$bb_ids" | "$bb_ids":*) printf '%s\n' "${bb_device##*/}" ;; esac
    done
  done
}

# restore_everything: the steps of a transaction that is not undone when a part fails.
restore_everything() {
  UNDO_OFF=yes
  restore_look
  DRY=count
  restore_walk
  STEPS=$ACTS ACTS=0 DRY=''
  restore_walk
}

restore_end() {
  trap '' TERM INT HUP
  prune_transactions
  if [ -n "$RESTORE_LEFT" ]; then
    conclude failed failed "$RESTORE_LEFT${RESTORE_WAITS:+; $RESTORE_WAITS}"
  elif [ "$ACTS" = 0 ]; then
    conclude 'done' 'done' "nothing to restore${RECOVERED:+. $RECOVERED}"
  elif [ -n "$RESTORE_WAITS" ]; then
    conclude 'done' needs-reboot "$RESTORE_WAITS${RECOVERED:+. $RECOVERED}"
  else
    conclude 'done' 'done' "$RECOVERED"
  fi
}

# restore_preview: what it would do, on standard output in the form of an outcome. Writes nothing.
restore_preview() {
  DRY=yes
  first_line "$R/proc/sys/kernel/random/boot_id" && BOOT_ID=$LINE
  restore_look
  rp_steps=$(restore_walk)
  rp_says=$RESTORE_WAITS
  for rp_each in "$S"/transactions/*; do
    first_line "$rp_each/state"
    [ "$LINE" = running ] || continue
    first_line "$rp_each/pid" && rp_pid=$LINE
    first_line "$rp_each/boot_id"
    alive "$rp_pid" "$LINE" || rp_says="${rp_says:+$rp_says; }the interrupted transaction ${rp_each##*/} is undone first"
  done
  [ -n "$rp_steps$rp_says" ] || rp_says="nothing to restore"
  printf 'outcome\tdone\t%s\n' "$rp_says"
  [ -z "$rp_steps" ] || printf '%s\n' "$rp_steps"
}
