# shellcheck shell=sh
# Choosing the extra entry for one boot, and what follows once the host was seen running with it.

next_entry() { "$GRUB-editenv" "$GRUB_ENV" list 2>/dev/null | sed -n 's/^next_entry=//p'; }

# Step armTrialBoot
arm_trial_boot() {
  grub_find && need "$GRUB-reboot" || return 1
  [ -s "$S/trial/entry.cfg" ] && grep -q -e '--id gpuhost-trial {' "$R$GRUB_CFG" || {
    fail "no entry gpuhost-trial is staged in $GRUB_CFG"
    return 1
  }
  at_next=$(next_entry)
  case $at_next in
    '' | gpuhost-trial) ;;
    *)
      fail "somebody has already chosen what boots next: next_entry=$at_next in $GRUB_ENV. Clear it (grub-editenv - unset next_entry) or let that boot happen first"
      return 1
      ;;
  esac
  [ -e "$GRUB_ENV" ] || own_store environment-absent yes || return 1
  undo_note next-entry "$at_next" && arm_again && own_store state armed || return 1
  attempt "grub-reboot failed" "$GRUB-reboot" gpuhost-trial || return 1
  durable "$GRUB_ENV"
  placed "${GRUB_ENV#"$R"}"
  [ "$(next_entry)" = gpuhost-trial ] || {
    fail "grub-reboot did not keep its choice in $GRUB_ENV: the environment block cannot be written"
    return 1
  }
  SAYS="the next boot, and only that one, takes the entry gpuhost-trial"
}

# arm_again: what was seen running before counts no more, and neither does the reboot that brought it.
arm_again() { [ ! -e "$S/trial/seen" ] || { reboot_over && own_remove seen; }; }

undo_next_entry() {
  grub_find || return 1
  attempt "cannot clear next_entry" "$GRUB-editenv" "$GRUB_ENV" unset next_entry
}

# trial_disarm: also takes away the empty next_entry that GRUB leaves after it used one.
trial_disarm() {
  td_list=$("$GRUB-editenv" "$GRUB_ENV" list 2>/dev/null)
  case "$NEWLINE$td_list$NEWLINE" in
    *"${NEWLINE}next_entry=gpuhost-trial$NEWLINE"*) td_was=gpuhost-trial ;;
    *"${NEWLINE}next_entry=$NEWLINE"*) td_was='' ;;
    *) return 0 ;;
  esac
  [ -z "$td_was" ] || undo_note chosen "$td_was" || return 1
  attempt "cannot clear next_entry in the environment block" "$GRUB-editenv" "$GRUB_ENV" unset next_entry || return 1
  [ ! -e "$S/trial/environment-absent" ] || [ -n "$("$GRUB-editenv" "$GRUB_ENV" list 2>/dev/null)" ] || rm -f "$GRUB_ENV"
  own_remove environment-absent
}

# Undo of trial_disarm.
undo_chosen() {
  grub_find && attempt "cannot choose $1 again" "$GRUB-reboot" "$1"
}

# Step keepTrialBoot: ADDS REMOVES
keep_trial_boot() {
  trial_of
  [ -n "$ON_ARGUMENTS$ON_INITRAMFS" ] || {
    STATE=unchanged SAYS="nothing is on trial"
    return 0
  }
  grub_find && runs_trial && trial_seen || return 1
  grub_tokens "$1" "$2"
  kt_initramfs=$ON_INITRAMFS
  keep_states || return 1
  # The image first: entries that name it must never find one without its binding.
  if [ -n "$kt_initramfs" ]; then
    initramfs_tool && build_default_images || return 1
  fi
  if [ -n "$ON_ARGUMENTS" ]; then
    restore_quietly "$TRIAL_SCRIPT" || return 1
    grub_render '' "$T/render/new.cfg" && grub_check "$R$GRUB_CFG" "$T/render/new.cfg" && grub_install "$T/render/new.cfg" || return 1
  fi
  trial_remove && SAYS="what was on trial is the default now"
}

# runs_trial: the running kernel has every token of the extra entry.
runs_trial() {
  rt_missing=$(awk "$AWK_WORDS"'
    { n = words($0, w) }
    which == "running" { for (i = 1; i <= n; i++) have[w[i]]++ }
    which == "trial" { for (i = 1; i <= n; i++) if (w[i] !~ /\$/ && !have[w[i]]) print shown(w[i]) }' \
    which=running "$R/proc/cmdline" which=trial "$S/trial/arguments")
  [ -z "$rt_missing" ] || fail "the host does not run what is on trial: its command line lacks $(one_line "$rt_missing"). Nothing is kept"
}

# trial_seen: notes that the host runs what is on trial. Not undone with the rest: when the host goes down in the middle of being
# kept, it comes back without the trial, and this tells that from a trial that never came up.
trial_seen() {
  first_line "$S/trial/seen"
  [ "$LINE" != "$BOOT_ID" ] || return 0
  put "$S/trial/seen.new" "$BOOT_ID" || return 1
  attempt "cannot write /var/lib/gpuhost/trial/seen" mv -f "$S/trial/seen.new" "$S/trial/seen" && durable "$S/trial/seen" "$S/trial"
}

# keep_states: "state: trial" becomes "state: kept" in the files of ours that say it.
keep_states() {
  for ks_entry in "$S"/files/*; do
    first_line "$ks_entry/path" && ks_path=$LINE
    [ -n "$ks_path" ] && grep -qx '# gpuhost state: trial' "$R$ks_path" 2>/dev/null || continue
    hash_of "$ks_path" && first_line "$ks_entry/written" || return 1
    [ "$HASH" = "$LINE" ] || {
      fail "$ks_path was edited since we wrote it: it is not clear what was tried"
      return 1
    }
    sed 's/^# gpuhost state: trial$/# gpuhost state: kept/' "$R$ks_path" >"$T/text" && replace_file "$ks_path" "" <"$T/text" || return 1
  done
}
