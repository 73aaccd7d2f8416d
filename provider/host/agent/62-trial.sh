# shellcheck shell=sh disable=SC2016
# The trial boot: one extra entry, a copy of the default one, for one boot. The default entries keep every byte.

TRIAL_SCRIPT=/etc/grub.d/42_gpuhost_trial

# trial_of: what is on trial, into ON_ARGUMENTS and ON_INITRAMFS.
trial_of() {
  ON_ARGUMENTS='' ON_INITRAMFS=''
  ! grep -qx arguments "$S/trial/of" 2>/dev/null || ON_ARGUMENTS=yes
  ! grep -qx initramfs "$S/trial/of" 2>/dev/null || ON_INITRAMFS=yes
}

# trial_save: the folder as it is before this transaction changes it.
trial_save() {
  [ -z "${UNDO_OFF:-}" ] && [ ! -d "$T/saved/trial" ] || return 0
  if [ -d "$S/trial" ]; then
    attempt "cannot keep what is on trial" cp -pR "$S/trial" "$T/saved/trial"
  else
    attempt "cannot keep that nothing is on trial" mkdir "$T/saved/trial"
  fi && undo_note trial -
}

undo_trial() {
  rm -rf "$S/trial"
  cp -pR "$T/saved/trial" "$S/trial" && { rmdir "$S/trial" 2>/dev/null || durable "$S"/trial/*; }
}

# own_store NAME TEXT: a file of /var/lib/gpuhost/trial.
own_store() {
  trial_save && mkdir -p "$S/trial" && put "$S/trial/$1.new" "$2" || return 1
  attempt "cannot write /var/lib/gpuhost/trial/$1" mv -f "$S/trial/$1.new" "$S/trial/$1"
}

own_remove() {
  [ -e "$S/trial/$1" ] || return 0
  trial_save && rm -f "$S/trial/$1"
}

# default_entry FILE: its key into KEY, its lines into $T/render/default.
default_entry() {
  mkdir -p "$T/render"
  grub_default "$1" "$(grub_saved_entry)" >"$T/render/found" || {
    fail "the default boot entry cannot be told from ${2:-$GRUB_CFG}: GRUB_DEFAULT names an entry that is not there, or a submenu"
    return 1
  }
  first_line "$T/render/found" && KEY=$LINE
  sed 1d "$T/render/found" >"$T/render/default"
}

# Step stageTrialBoot: OF ADDS REMOVES
stage_trial_boot() {
  grub_find && need "$GRUB-reboot" || return 1
  trial_of
  st_alone=''
  [ "$1" != arguments ] || ON_ARGUMENTS=yes st_alone=alone
  [ "$1" != initramfs ] || ON_INITRAMFS=yes
  grub_tokens "$2" "$3" "$st_alone"
  default_entry "$R$GRUB_CFG" || return 1
  st_key=$KEY
  st_title=$(awk "$AWK_WORDS"'{ words($0, w); print w[2]; exit }' "$T/render/default")
  linux_words <"$T/render/default" >"$T/render/words"
  grep -q '^K ' "$T/render/words" || {
    fail "the default boot entry (\"$st_title\") starts no Linux kernel: there is nothing to try"
    return 1
  }
  if [ "$1" = initramfs ] && [ "$({ linux_words <"$S/trial/entry.cfg"; } 2>/dev/null | sed -n '/^K /p')" = "$(sed -n '/^K /p' "$T/render/words")" ]; then
    # The arguments on trial were rendered and compared when they were staged.
    cp "$S/trial/entry.cfg" "$T/render/default"
  elif [ -n "$ON_ARGUMENTS" ]; then
    grub_render 1 "$T/render/trial.cfg" && grub_check "$R$GRUB_CFG" "$T/render/trial.cfg" && default_entry "$T/render/trial.cfg" "the rendered configuration" || return 1
    [ "$KEY" = "$st_key" ] || {
      fail "the rendered configuration has another default entry ($KEY) than ${GRUB_CFG} ($st_key)"
      return 1
    }
    linux_words <"$T/render/default" >"$T/render/words"
    trial_effective || return 1
  fi
  st_image=''
  if [ -n "$ON_INITRAMFS" ]; then
    trial_image || return 1
    st_image=$IMAGE
  fi
  trial_entry "gpuhost trial of $st_title" "$st_image" <"$T/render/default" >"$T/render/entry.cfg"
  trial_write "$2" "$3"
}

# Both lists must show in the entry that is to be tried, or it would try nothing.
trial_effective() {
  te_wrong=$(awk "$AWK_WORDS"'
    function joined(   i, t) { t = w[1]; for (i = 2; i <= n; i++) t = t " " w[i]; return t }
    which == "words" { if (/^A /) have[substr($0, 3)] = 1; next }
    { n = words($0, w) } !n { next }
    which == "adds" { adds[joined()] = 1; if (!(joined() in have)) print shown(joined()) " is missing" }
    which == "removes" && !(joined() in adds) && (joined() in have) { print shown(joined()) " is still there" }' \
    which=words "$T/render/words" which=adds "$T/render/adds" which=removes "$T/render/removes")
  [ -z "$te_wrong" ] || fail "the rendered default entry is not what was planned: $(one_line "$te_wrong"). Another file in /etc/default/grub.d or /etc/grub.d may be taking it back"
}

# trial_image: the trial image of the kernel in $T/render/words, as GRUB calls it, into IMAGE.
trial_image() {
  ti_kernel=$(sed -n 's/^K //p' "$T/render/words") ti_initrd=$(sed -n 's/^I //p' "$T/render/words" | tail -n 1)
  ti_release=${ti_kernel##*/}
  ti_release=${ti_release#vmlinuz-}
  [ -n "$ti_initrd" ] && [ -s "$R/boot/gpuhost-initrd.img-$ti_release" ] || {
    fail "there is no trial image /boot/gpuhost-initrd.img-$ti_release for the kernel of the default entry"
    return 1
  }
  IMAGE=${ti_initrd%/*}/gpuhost-initrd.img-$ti_release
}

# trial_write ADDS REMOVES: $T/render/entry.cfg becomes the extra entry.
trial_write() {
  tw_state='staged'
  first_line "$S/trial/state"
  [ "$LINE" != armed ] || tw_state=armed
  tw_of=${ON_ARGUMENTS:+arguments}${ON_INITRAMFS:+${ON_ARGUMENTS:+$NEWLINE}initramfs}
  own_store adds "$(sort -u "$T/render/adds")" && own_store removes "$(sort -u "$T/render/removes")" &&
    own_store arguments "$(linux_arguments <"$T/render/entry.cfg")" && own_store boot_id "$BOOT_ID" && own_store owner "$OWNER" &&
    own_store of "$tw_of" && own_remove seen && own_store entry.cfg "$(cat "$T/render/entry.cfg")" && durable "$S"/trial/* || return 1
  printf '%s\n' '#!/bin/sh' '# Written by gpuhost: prints the boot entry that is on trial, until it is kept or dropped.' \
    'entry=${GPUHOST_ROOT:-}/var/lib/gpuhost/trial/entry.cfg' '[ ! -s "$entry" ] || cat "$entry"' >"$T/render/42"
  cmp -s "$R$TRIAL_SCRIPT" "$T/render/42" || replace_file "$TRIAL_SCRIPT" 0755 <"$T/render/42" || return 1
  trial_install "$S/trial/entry.cfg" && own_store state "$tw_state" && durable "$S"/trial/* "$S/trial" && SAYS="staged the entry gpuhost-trial"
}

# trial_install ENTRY: grub.cfg with that entry, or without one; the default stays the default.
trial_install() {
  grub_splice "$R$GRUB_CFG" "$1" >"$T/render/spliced.cfg" || return 1
  ! cmp -s "$T/render/spliced.cfg" "$R$GRUB_CFG" || return 0
  : >"$T/render/none"
  tn_said=$(grub_compare "$R$GRUB_CFG" "$T/render/spliced.cfg" "$T/render/none" "$T/render/none") || {
    fail "the extra entry does not fit into $GRUB_CFG: $(one_line "$tn_said")"
    return 1
  }
  default_entry "$R$GRUB_CFG" && tn_key=$KEY && default_entry "$T/render/spliced.cfg" || return 1
  [ "$KEY" = "$tn_key" ] || {
    fail "with the extra entry another one would be the default: GRUB_DEFAULT counts entries"
    return 1
  }
  grub_install "$T/render/spliced.cfg"
}

# Step dropTrialBoot: OF
drop_trial_boot() {
  trial_of
  case $1 in
    arguments) dt_on=$ON_ARGUMENTS ON_ARGUMENTS='' ;;
    *) dt_on=$ON_INITRAMFS ON_INITRAMFS='' ;;
  esac
  [ -n "$dt_on" ] || {
    [ "$1" != initramfs ] || trial_images_remove || return 1
    STATE=unchanged SAYS="no trial of $1 is staged"
    return 0
  }
  grub_find || return 1
  if [ -z "$ON_ARGUMENTS$ON_INITRAMFS" ]; then
    trial_remove && SAYS="took the entry gpuhost-trial away"
    return
  fi
  default_entry "$R$GRUB_CFG" || return 1
  dt_title=$(awk "$AWK_WORDS"'{ words($0, w); print w[2]; exit }' "$T/render/default")
  linux_words <"$T/render/default" >"$T/render/words"
  dt_image=''
  if [ -n "$ON_INITRAMFS" ]; then
    own_remove adds && own_remove removes && trial_image || return 1
    dt_image=$IMAGE
    trial_entry "gpuhost trial of $dt_title" "$dt_image" <"$T/render/default" >"$T/render/entry.cfg"
  else
    dt_image=$(sed -n 's/^I //p' "$T/render/words" | tail -n 1)
    trial_entry "gpuhost trial of $dt_title" "$dt_image" <"$S/trial/entry.cfg" >"$T/render/entry.cfg"
    trial_images_remove || return 1
  fi
  grub_tokens '' ''
  trial_write && SAYS="took the $1 out of the entry gpuhost-trial"
}

# trial_remove: the extra entry, its script, its image, and its being chosen. Kept or taken back, it is no longer a try: its reason may come again.
trial_remove() {
  mkdir -p "$T/render"
  trial_install '' && trial_disarm && restore_quietly "$TRIAL_SCRIPT" && trial_images_remove || return 1
  trial_save && rm -rf "$S/trial" && durable "$S" && grub_settle && reboot_over
}

trial_images_remove() {
  for tm_image in "$R"/boot/gpuhost-initrd.img-*; do
    [ ! -e "$tm_image" ] || restore_quietly "${tm_image#"$R"}" || return 1
  done
}

# restore_quietly PATH: as the step restoreFile, and not the sentence of this step.
restore_quietly() {
  restore_file "$1" || return 1
  [ "$STATE" != left ] || say "$SAYS"
  STATE='done' SAYS=''
}
