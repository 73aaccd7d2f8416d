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
