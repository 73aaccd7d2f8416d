# shellcheck shell=sh
# The boot configuration of this host: where it is, rendering, comparing, installing, the environment block.

# grub_find: GRUB_CFG, and the commands this host has.
grub_find() {
  [ -z "${GRUB_CFG:-}" ] || return 0
  for gf_path in /boot/grub/grub.cfg /boot/grub2/grub.cfg; do
    [ ! -f "$R$gf_path" ] || break
    gf_path=''
  done
  [ -n "$gf_path" ] || {
    fail "there is no /boot/grub/grub.cfg and no /boot/grub2/grub.cfg: this is not a host that boots with GRUB's own configuration"
    return 1
  }
  gf_path=$(readlink -f "$R$gf_path")
  for gf_prefix in grub grub2; do
    ! command -v "$gf_prefix-mkconfig" >/dev/null 2>&1 || break
  done
  GRUB=$gf_prefix GRUB_ENV=$R/${gf_path#"$R"/}
  GRUB_ENV=${GRUB_ENV%/*}/grubenv
  need "$GRUB-mkconfig" "$GRUB-editenv" "$GRUB-script-check" || return 1
  GRUB_CFG=${gf_path#"$R"}
}

# shellcheck disable=SC2030,SC2031 # GPUHOST_TRIAL is for that one command.
# grub_render TRIAL FILE: what grub-mkconfig makes of everything now; with TRIAL "1" what is on trial counts.
grub_render() {
  say "rendering the boot entries (grub-mkconfig)"
  mkdir -p "$T/render"
  # In the language of the system, as update-grub run by the packages would.
  (
    unset LC_ALL GPUHOST_TRIAL
    [ -z "$1" ] || export GPUHOST_TRIAL=1
    "$GRUB-mkconfig"
  ) >"$2" 2>"$T/render/said" </dev/null || {
    fail "grub-mkconfig failed: $(one_line "$(tail -n 5 "$T/render/said")")"
    return 1
  }
  [ -s "$2" ] || fail "grub-mkconfig printed nothing"
}

grub_saved_entry() { "$GRUB-editenv" "$GRUB_ENV" list 2>/dev/null | sed -n 's/^saved_entry=//p'; }

# grub_tokens ADDS REMOVES [alone]: both with what earlier resources have put on trial, into files for grub_compare. "alone" for a wish
# that takes the place of the one on trial.
grub_tokens() {
  gt_trial=$S/trial
  [ "${3:-}" != alone ] || gt_trial=/nonexistent
  mkdir -p "$T/render"
  {
    printf '%s\n' "$1"
    cat "$gt_trial/adds" 2>/dev/null
  } >"$T/render/adds"
  {
    printf '%s\n' "$2"
    cat "$gt_trial/removes" 2>/dev/null
  } >"$T/render/removes"
}

# grub_check OLD NEW: stops when an entry would change beyond the tokens of grub_tokens.
grub_check() {
  gc_said=$(grub_compare "$1" "$2" "$T/render/adds" "$T/render/removes") && return
  fail "the boot entries would change in more than what was planned: $(printf '%s' "$gc_said" | sed -n '1,6p' | tr '\n' ';' | sed 's/;/; /g; s/; $//'). Nothing was installed. If this is a change that somebody made and did not render, run update-grub first, then preview again"
}

# grub_install FILE: becomes grub.cfg, with the mode and owner the old one has.
grub_install() {
  attempt "the new boot configuration is not valid" "$GRUB-script-check" "$1" || return 1
  gi_size=$(wc -c <"$1")
  gi_free=$(df -Pk "$R${GRUB_CFG%/*}" | awk 'NR == 2 { print $4 }')
  [ "$((gi_size * 2 / 1024 + 64))" -le "${gi_free:-0}" ] || {
    fail "there is no room in ${GRUB_CFG%/*} for another grub.cfg: ${gi_free:-0} KiB are free"
    return 1
  }
  if journal_knows "$GRUB_CFG"; then
    hash_of "$GRUB_CFG" || return 1
    # Somebody else rendered since: what was there before us is no longer what belongs there without us.
    [ "$HASH" = "$WRITTEN" ] || {
      undo_save "$GRUB_CFG" && store "$S/files/$ENCODED/rendered-since" yes || return 1
    }
  fi
  replace_file "$GRUB_CFG" "" <"$1"
}

# Step renderBootEntries: ADDS REMOVES
render_boot_entries() {
  grub_find || return 1
  grub_tokens "$1" "$2"
  if grub_without_us; then
    say "nothing of ours is left in the default entries: putting back the configuration that was there before"
    rb_new=$T/render/before.cfg rb_says="put back the boot entries as they were before us"
  else
    rb_new=$T/render/new.cfg rb_says="rendered the boot entries"
    grub_render '' "$rb_new" || return 1
  fi
  grub_check "$R$GRUB_CFG" "$rb_new" || return 1
  if cmp -s "$R$GRUB_CFG" "$rb_new"; then
    grub_settle || return 1
    STATE=unchanged SAYS="the boot entries are already as they should be"
    return 0
  fi
  grub_install "$rb_new" && grub_settle && SAYS=$rb_says
}

# drop_in_counts: does the drop-in reach the default entries, now or with what was kept before the present trial?
drop_in_counts() { grep -q -e '^# gpuhost state: kept$' -e '^# gpuhost kept-should' "$R/etc/default/grub.d/zz-gpuhost.cfg" 2>/dev/null; }

# grub_settle: once nothing of ours is in grub.cfg, the journal has nothing to say about it.
grub_settle() {
  [ ! -e "$S/trial/entry.cfg" ] && ! drop_in_counts || return 0
  ! journal_knows "$GRUB_CFG" || { undo_save "$GRUB_CFG" && journal_forget "$GRUB_CFG"; }
}

# grub_without_us: our before-image, with the trial entry if one is staged, when that is what rendering would give.
grub_without_us() {
  journal_knows "$GRUB_CFG" || return 1
  gw_entry=$S/files/$ENCODED
  [ -f "$gw_entry/before.image" ] && [ ! -e "$gw_entry/rendered-since" ] || return 1
  hash_of "$GRUB_CFG" && [ "$HASH" = "$WRITTEN" ] || return 1
  ! drop_in_counts || return 1
  mkdir -p "$T/render"
  if [ -s "$S/trial/entry.cfg" ]; then
    grub_splice "$gw_entry/before.image" "$S/trial/entry.cfg" >"$T/render/before.cfg"
  else
    cp "$gw_entry/before.image" "$T/render/before.cfg"
  fi
  grub_compare "$R$GRUB_CFG" "$T/render/before.cfg" "$T/render/adds" "$T/render/removes" >/dev/null
}
