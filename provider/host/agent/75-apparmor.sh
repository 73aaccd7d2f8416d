# shellcheck shell=sh disable=SC2015
# (SC2015: in `a && b || c` here, c is meant for either failing.)
# AppArmor's rules for libvirt's guests: a candidate is parsed with the host's own template before it is installed, one line of ours in a file
# that a person may own comes and goes alone, and profiles are loaded anew.
POLICY=/etc/apparmor.d

# Step checkAppArmor: TEMPLATE, then the candidate on standard input: a line "file PATH LINES" and its text, or "line PATH 1" and the one that
# is added; at the end "rule PATH PERMISSIONS," for what has to stand in the rules as apparmor_parser reads them.
check_apparmor() {
  need apparmor_parser tail cp awk || return 1
  ca_base=$T/apparmor ca_before=''
  cat >"$T/text"
  check_candidate "$1"
  ca_result=$?
  rm -rf "$ca_base"
  [ "$ca_result" = 0 ] || return 1
  SAYS="the new rules parse with $1 and reach every guest"
}

check_candidate() {
  rm -rf "$ca_base"
  attempt "cannot copy the rules" mkdir -p "$ca_base/libvirt" || return 1
  # Everything a profile may include; compiled profiles and those of guests are not needed.
  for ca_each in "$R$POLICY"/*; do
    case ${ca_each##*/} in cache* | libvirt | disable | force-complain | '*') continue ;; esac
    attempt "cannot copy the rules" cp -R "$ca_each" "$ca_base/" || return 1
  done
  attempt "cannot copy the template" cp "$R$1" "$ca_base/libvirt/" || return 1
  ca_template=$ca_base${1#"$POLICY"}
  parses "$ca_template" || ca_before=$SAYS
  place_candidate || return 1
  parses "$ca_template" || {
    if [ -n "$ca_before" ]; then
      SAYS="the rules on this host do not parse, with or without ours, so that no guest can start: $SAYS"
    else
      SAYS="the new rules do not parse with $1, and nothing was written: $SAYS"
    fi
    return 1
  }
  candidate_counts "$ca_template"
}

# parses FILE: nothing is loaded, nothing is cached.
parses() {
  apparmor_parser -Q -K -b "$ca_base" -I "$ca_base" "$1" >"$T/said" 2>&1 </dev/null && return 0
  fail "$(one_line "$(grep -v '^Cache read/write' "$T/said" | sed "s#$ca_base#$POLICY#g" | tail -n 3)")"
}

place_candidate() {
  awk '$1 != "rule" { print $2; left = $3; while (left-- > 0) getline }' "$T/text" | while read -r pc_path; do
    pc_path=$ca_base${pc_path#"$POLICY"}
    mkdir -p "${pc_path%/*}"
  done
  awk -v base="$ca_base" -v policy="$POLICY" '
    $1 == "rule" { next }
    {
      path = base substr($2, length(policy) + 1); left = $3
      if ($1 == "file") printf "" >path
      else print "" >>path
      while (left-- > 0 && (getline line) > 0) if ($1 == "file") print line >path; else print line >>path
      close(path)
    }' "$T/text" || fail "cannot write the candidate: $(room_of "$T")"
}

# candidate_counts FILE: each rule stands in what the parser makes of it, so that an include that leads nowhere is seen.
candidate_counts() {
  apparmor_parser -p -Q -K -b "$ca_base" -I "$ca_base" "$1" 2>/dev/null </dev/null | sed 's/^[[:space:]]*//; s/[[:space:]]\{1,\}/ /g' >"$ca_base/.effective"
  cc_missing=$(sed -n 's/^rule //p' "$T/text" | while IFS= read -r cc_rule; do
    grep -qxF -e "$cc_rule" "$ca_base/.effective" || printf '%s ' "$cc_rule"
  done)
  [ -z "$cc_missing" ] || fail "the new rules would not reach a guest: $1 does not lead to ${cc_missing% }"
}

# Step addLine: PATH LINE BEFORE. The rest of the file is whoever's it was.
add_line() {
  [ ! -L "$R$1" ] || {
    fail "$1 is a symbolic link to $(readlink "$R$1"): gpuhost writes no file through a link"
    return 1
  }
  hash_of "$1" || return 1
  if [ "$HASH" != absent ] && grep -qxF -e "$2" "$R$1"; then
    STATE=unchanged SAYS="$1 has the line already"
    return 0
  fi
  [ "$HASH" = "$3" ] || {
    fail "$1 is not what the plan was made for (found $HASH, expected $3): somebody changed it meanwhile, and it is not written to"
    return 1
  }
  journal_begin "$1" && store "$S/files/$ENCODED/line" "$2" || return 1
  if [ "$HASH" = absent ]; then : >"$NEW_FILE"; else attempt "cannot write $1" cp -p "$R$1" "$NEW_FILE"; fi || return 1
  # A last line without its end gets one.
  [ -z "$(tail -c 1 "$NEW_FILE")" ] || printf '\n' >>"$NEW_FILE"
  { printf '%s\n' "$2" >>"$NEW_FILE"; } 2>/dev/null || {
    rm -f "$NEW_FILE"
    fail "cannot write $1: $(room_of "$R${1%/*}")"
    return 1
  }
  if [ "$HASH" = absent ]; then journal_install "$1" 0644; else journal_install "$1" ''; fi && SAYS="added one line to $1"
}

# restore_line PATH, of a file that only one line of ours is in: what anybody wrote before or since stays.
restore_line() {
  first_line "$S/files/$ENCODED/line" && rl_line=$LINE
  hash_of "$1" || return 1
  if [ "$HASH" = absent ] || ! grep -qxF -e "$rl_line" "$R$1"; then
    undo_save "$1" && journal_forget "$1" || return 1
    STATE=unchanged SAYS="$1 no longer has our line"
    return 0
  fi
  journal_begin "$1" || return 1
  encode "$1"
  rl_image=$S/files/$ENCODED/before.image
  attempt "cannot write $1" cp -p "$R$1" "$NEW_FILE" || return 1
  grep -vxF -e "$rl_line" "$R$1" >"$NEW_FILE" || [ $? = 1 ] || {
    fail "cannot write $1: $(room_of "$R${1%/*}")"
    return 1
  }
  rl_left=$(sha256sum <"$NEW_FILE")
  rl_left=${rl_left%% *}
  if [ "$BEFORE" = absent ] && [ ! -s "$NEW_FILE" ]; then
    rm -f "$NEW_FILE"
    undo_intend "$1" absent && attempt "cannot remove $1" rm -f "$R$1" || return 1
    SAYS="removed $1"
  else
    # As it was before us but for the end of its last line, perhaps.
    if [ "$BEFORE" != absent ] && { [ "$rl_left" = "$BEFORE" ] || [ "$rl_left  -" = "$({ cat "$rl_image" && echo; } | sha256sum)" ]; }; then
      attempt "cannot put back $1" cp -p "$rl_image" "$NEW_FILE" || return 1
      rl_left=$BEFORE
    fi
    undo_intend "$1" "$rl_left" && durable "$NEW_FILE" && attempt "cannot write $1" mv -f "$NEW_FILE" "$R$1" || return 1
    SAYS="took our line out of $1"
  fi
  durable "$R${1%/*}"
  journal_forget "$1"
}

# Step reloadAppArmor: PROFILE_FILE... ; guests that run keep what they have.
reload_apparmor() {
  if [ ! -e "$R/sys/kernel/security/apparmor/profiles" ]; then
    STATE=unchanged SAYS="the running kernel has no AppArmor: nothing is loaded"
    return 0
  fi
  need apparmor_parser || return 1
  ra_done=''
  for ra_each; do
    ra_off=$R$POLICY/disable/${ra_each##*/}
    [ -f "$R$ra_each" ] && [ ! -e "$ra_off" ] && [ ! -L "$ra_off" ] || continue
    undo_note profile "$ra_each" && load_profile "$ra_each" || return 1
    ra_done="$ra_done $ra_each"
  done
  if [ -n "$ra_done" ]; then SAYS="loaded$ra_done"; else STATE=unchanged SAYS="none of these is to be loaded"; fi
}

# load_profile FILE: its cache may be older than what it includes.
load_profile() { attempt "cannot load $1" apparmor_parser -r -T -W -b "$R$POLICY" "$R$1"; }

# undo_profiles: what was loaded is loaded once more from the files that are back.
undo_profiles() {
  for up_each in $PROFILES; do
    [ -f "$R$up_each" ] || continue
    SAYS=
    if load_profile "$up_each"; then say "undone: $up_each is loaded as it was"; else STUCK="${STUCK:+$STUCK; }$SAYS"; fi
  done
}
