# shellcheck shell=sh
# Undoing everything from this host's own journal: no state of Pulumi is needed. Each part for itself: what cannot be undone is named
# and left, and does not keep the rest from being undone. Never reboots.

# act KIND SENTENCE FUNCTION ARGUMENT...: does it, or with DRY only says it.
act() {
  ACTS=$((ACTS + 1))
  if [ -n "$DRY" ]; then
    [ "$DRY" = count ] || printf 'step\t%s\tnot-reached\t%s\n' "$1" "$2"
    return 0
  fi
  act_kind=$1
  shift 2
  step "$ACTS" "$act_kind" "$@"
  case $STATE in
    failed | left) RESTORE_LEFT="${RESTORE_LEFT:+$RESTORE_LEFT; }$WHY" ;;
    needs-reboot) RESTORE_WAITS="${RESTORE_WAITS:+$RESTORE_WAITS; }$WHY" ;;
  esac
  STOPPED=''
}

# newest FOLDER: its entries, the last one made first.
newest() {
  for ne_entry in "$S/$1"/*; do
    [ -d "$ne_entry" ] || continue
    first_line "$ne_entry/since"
    printf '%s %s\n' "${LINE:-0}" "${ne_entry##*/}"
  done | sort -k1,1nr -k2,2r | sed 's/^[^ ]* //'
}

restore_walk() {
  restore_devices
  restore_virtual
  [ ! -e "$S/trial/of" ] || act dropTrialBoot "the extra boot entry gpuhost-trial and its image go" restore_trial
  RESTORE_PROFILES=''
  restore_mdevs
  restore_files
  # shellcheck disable=SC2086 # paths of profiles, one word each
  [ -z "$RESTORE_PROFILES" ] || act reloadAppArmor "loaded anew:$RESTORE_PROFILES" reload_apparmor $RESTORE_PROFILES
  [ -z "$RESTORE_IMAGES" ] || act restoreInitramfs "put back, or built without us: the images that hold our binding" restore_images
  rw_grub=$(newest files | grep 'grub.cfg$')
  if [ -n "$rw_grub" ] && { [ -z "$DRY" ] || [ -n "$RESTORE_KEPT" ] || [ ! -e "$S/trial/of" ]; }; then
    act renderBootEntries "the boot entries are put back as they were, or rendered without us" render_boot_entries "$RESTORE_TOKENS" "$RESTORE_TOKENS"
  fi
  while read -r rw_unit; do
    [ -z "$rw_unit" ] || act restartService "$rw_unit is restarted, so that it no longer runs with our file" restart_service "$rw_unit" 5 ends
  done <<UNITS
$(cat "$S/services" 2>/dev/null)
UNITS
}

restore_devices() {
  rs_free=''
  for rs_address in $(newest devices); do
    first_line "$S/devices/$rs_address/driver_before" && rs_before=$LINE
    if device_held "$rs_address"; then
      act releaseDevice "$rs_address: a guest holds it: it would be left as it is" restore_held "$rs_address"
    else
      rs_free="$rs_free $rs_address"
      [ -z "$DRY" ] || rs_say="${rs_say:+$rs_say, }$rs_address goes back to ${rs_before:-no driver}"
    fi
  done
  # shellcheck disable=SC2086 # addresses, one word each
  [ -z "$rs_free" ] || act releaseDevice "$rs_say" release_devices 30 $rs_free
}

# Types before the numbers that take their functions away.
restore_virtual() {
  for rv_address in $(newest virtual); do
    if [ -s "$S/virtual/$rv_address/type_before" ]; then
      first_line "$S/virtual/$rv_address/type_before" && rv_say="$rv_address gets its type $LINE again"
    else
      first_line "$S/virtual/$rv_address/count_before" && rv_say="$rv_address gets its $LINE virtual functions again"
    fi
    act releaseVirtualFunctions "$rv_say" release_virtual 60 "$rv_address"
  done
}

restore_held() {
  STATE=left SAYS="$1: a guest holds it, and it is left as it is; stop or move the guest, then restore again"
}

restore_trial() { grub_find && trial_remove && SAYS="took the entry gpuhost-trial away"; }

restore_images() {
  ri_releases=''
  for ri_each in "$R"/boot/initrd.img-* "$R"/boot/initramfs-*.img; do
    [ -f "$ri_each" ] || continue
    ri_each=${ri_each##*/}
    ri_each=${ri_each#initrd.img-}
    ri_each=${ri_each#initramfs-}
    ri_each=${ri_each%.img}
    [ ! -d "$R/lib/modules/$ri_each" ] || ri_releases="$ri_releases $ri_each"
  done
  # shellcheck disable=SC2086 # releases, one word each
  restore_initramfs "$RESTORE_TOOL" $ri_releases
}

restore_files() {
  for rf_name in $(newest files); do
    first_line "$S/files/$rf_name/path" && rf_path=$LINE
    case $rf_path in
      '' | */grub.cfg | /boot/initrd.img-* | /boot/initramfs-*) continue ;;
      /boot/gpuhost-initrd.img-* | "$TRIAL_SCRIPT") [ ! -e "$S/trial/of" ] || continue ;;
    esac
    hash_of "$rf_path" && journal_knows "$rf_path" || continue
    case $HASH in
      "$BEFORE") rf_say="is as it was before us" ;;
      "$WRITTEN") if [ "$BEFORE" = absent ]; then rf_say="is removed"; else rf_say="is put back as it was"; fi ;;
      *) rf_say="was edited by somebody since we wrote it, and would be left as it is" ;;
    esac
    [ ! -s "$S/files/$ENCODED/line" ] || rf_say="loses the one line that is ours"
    case $rf_path in "$POLICY"/*/*) ;; "$POLICY"/*) RESTORE_PROFILES="$RESTORE_PROFILES $rf_path" ;; esac
    act restoreFile "$rf_path $rf_say" restore_file "$rf_path"
  done
}

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
