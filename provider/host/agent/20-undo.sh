# shellcheck shell=sh
# What this transaction must put back if it cannot finish. Everything here is on disk before the thing it is about changes, and can
# be done twice: $T/undo has a line for each, $T/saved what is needed.

# undo_note KIND ARGUMENT
undo_note() {
  [ -z "${UNDO_OFF:-}" ] || return 0
  { printf '%s %s\n' "$1" "$2" >>"$T/undo"; } 2>/dev/null || {
    fail "cannot write ${T#"$R"}/undo: $(room_of "$T")"
    return 1
  }
  durable "$T/undo" "$T" "$T/saved"
}

# undo_save PATH [HASH]: the file and our journal's word about it, as they are before the first change of this transaction.
undo_save() {
  [ -z "${UNDO_OFF:-}" ] || return 0
  encode "$1"
  us_at=$T/saved/$ENCODED
  [ ! -d "$us_at" ] || return 0
  HASH=${2:-}
  [ -n "$HASH" ] || hash_of "$1" || return 1
  attempt "cannot keep what $1 was" mkdir -p "$us_at.new" || return 1
  if [ "$HASH" != absent ]; then
    us_image=$S/files/$ENCODED/before.image
    first_line "$S/files/$ENCODED/before"
    # A before-image is never written again, so that one copy of a large file is enough.
    { [ "$LINE" = "$HASH" ] && ln "$us_image" "$us_at.new/image" 2>/dev/null; } ||
      attempt "cannot keep what $1 was" cp -p "$R$1" "$us_at.new/image" || return 1
  fi
  if [ -d "$S/files/$ENCODED" ]; then
    attempt "cannot keep the journal of $1" mkdir "$us_at.new/journal" || return 1
    for us_file in "$S/files/$ENCODED"/*; do
      ln "$us_file" "$us_at.new/journal/" 2>/dev/null || attempt "cannot keep the journal of $1" cp -p "$us_file" "$us_at.new/journal/" || return 1
    done
  else
    : >"$us_at.new/no-journal"
  fi
  put "$us_at.new/path" "$1" && put "$us_at.new/before" "$HASH" || return 1
  durable "$us_at.new"/*
  attempt "cannot keep what $1 was" mv "$us_at.new" "$us_at" || return 1
  undo_note file "$ENCODED"
}

# undo_intend PATH HASH: what is about to be there is ours to take away again; "any" where it is not known beforehand.
undo_intend() {
  [ -z "${UNDO_OFF:-}" ] || return 0
  encode "$1"
  { printf '%s\n' "$2" >>"$T/saved/$ENCODED/intended"; } 2>/dev/null || {
    fail "cannot write ${T#"$R"}: $(room_of "$T")"
    return 1
  }
  durable "$T/saved/$ENCODED/intended"
}

undo_file() {
  uf_at=$T/saved/$1
  first_line "$uf_at/path" && uf_path=$LINE
  first_line "$uf_at/before" && uf_before=$LINE
  [ -n "$uf_path" ] || return 0
  uf_new=$R${uf_path%/*}/.${uf_path##*/}.gpuhost-new
  rm -f "$uf_new"
  hash_of "$uf_path" || return 1
  if [ "$HASH" = "$uf_before" ]; then
    :
  elif grep -qx -e "$HASH" -e any "$uf_at/intended" 2>/dev/null; then
    if [ "$uf_before" = absent ]; then
      attempt "cannot remove $uf_path" rm -f "$R$uf_path" || return 1
    else
      make_parents "$uf_path" || return 1
      attempt "cannot put back $uf_path" put_image "$uf_at/image" "$uf_new" || return 1
      attempt "cannot put back $uf_path" mv -f "$uf_new" "$R$uf_path" || return 1
    fi
    placed "$uf_path"
    say "undone: $uf_path"
  else
    fail "$uf_path was changed by somebody else meanwhile and is left as it is"
    return 1
  fi
  if [ -e "$uf_at/no-journal" ]; then
    rm -rf "$S/files/$1"
  elif [ -d "$uf_at/journal" ]; then
    rm -rf "$S/files/$1" && mv "$uf_at/journal" "$S/files/$1"
  fi
  prune_directories
}

# put_image IMAGE TO: a copy with owner, mode and times; the image itself where there is no room for one.
put_image() { cp -p "$1" "$2" 2>/dev/null || mv -f "$1" "$2"; }

# undo_all: newest first. 1 when something could not be undone: STUCK names it.
undo_all() {
  STUCK='' UNITS='' PROFILES=''
  rm -f "$T/ballast"
  [ -e "$T/undo" ] || return 0
  reversed <"$T/undo" >"$S/undoing" 2>/dev/null || {
    STUCK="cannot read ${T#"$R"}/undo"
    return 1
  }
  while read -r ua_kind ua_what <&4; do
    SAYS=
    case $ua_kind in
      file) undo_file "$ua_what" ;;
      trial) undo_trial ;;
      device) undo_device "$ua_what" ;;
      virtual) undo_virtual "$ua_what" ;;
      vgpu) undo_vgpu "$ua_what" ;;
      next-entry) undo_next_entry ;;
      chosen) undo_chosen "$ua_what" ;;
      module) undo_module "$ua_what" ;;
      mdev) undo_mdev "$ua_what" ;;
      service) UNITS="$ua_what $UNITS" ;;
      profile) PROFILES="$ua_what $PROFILES" ;;
      reading) services_forget "$ua_what" ;;
    esac || {
      say "NOT undone: $SAYS"
      STUCK="${STUCK:+$STUCK; }$SAYS"
    }
  done 4<"$S/undoing"
  rm -f "$S/undoing"
  undo_services
  undo_profiles
  [ -z "$STUCK" ]
}
