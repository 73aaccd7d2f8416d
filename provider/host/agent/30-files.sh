# shellcheck shell=sh
# Files of ours, and the journal of what was there before. The entry is on disk before the file changes, so that after a power cut
# every file is either as it was or as written, and the journal knows both.

# make_parents PATH: what is created here is noted, and goes again when it is empty.
make_parents() {
  mp_missing='' mp_at=${1%/*}
  while [ -n "$mp_at" ] && [ ! -d "$R$mp_at" ]; do
    mp_missing="$mp_at$NEWLINE$mp_missing"
    mp_at=${mp_at%/*}
  done
  [ -n "$mp_missing" ] || return 0
  printf '%s' "$mp_missing" >>"$S/directories" || return 1
  durable "$S/directories"
  attempt "cannot create ${1%/*}" mkdir -p "$R${1%/*}"
}

prune_directories() {
  [ -s "$S/directories" ] || return 0
  pd_left=''
  while IFS= read -r pd_path; do
    [ -n "$pd_path" ] && [ -d "$R$pd_path" ] && ! rmdir "$R$pd_path" 2>/dev/null || continue
    pd_left="$pd_path${pd_left:+$NEWLINE$pd_left}"
  done <<LIST
$(reversed <"$S/directories")
LIST
  if [ -n "$pd_left" ]; then
    store "$S/directories" "$pd_left" || :
  else
    rm -f "$S/directories"
  fi
}

# journal_begin PATH: remembers what is there, once for ever and once for this transaction. NEW_FILE is where to write.
journal_begin() {
  case $1 in /*) ;; *) fail "$1 is not an absolute path" || return 1 ;; esac
  [ ! -L "$R$1" ] || {
    fail "$1 is a symbolic link to $(readlink "$R$1"): gpuhost writes no file through a link"
    return 1
  }
  hash_of "$1" && undo_save "$1" "$HASH" || return 1
  encode "$1"
  jb_entry=$S/files/$ENCODED NEW_FILE=$R${1%/*}/.${1##*/}.gpuhost-new
  if [ ! -d "$jb_entry" ]; then
    jb_draft=$S/files/.draft-$ENCODED
    attempt "cannot write the journal of $1" mkdir -p "$jb_draft" || return 1
    if [ "$HASH" != absent ]; then
      ln "$T/saved/$ENCODED/image" "$jb_draft/before.image" 2>/dev/null ||
        attempt "cannot keep what $1 was" cp -p "$R$1" "$jb_draft/before.image" || return 1
      stat -c 0%a "$R$1" >"$jb_draft/mode_before" || return 1
    fi
    put "$jb_draft/path" "$1" && put "$jb_draft/owner" "$OWNER" && put "$jb_draft/since" "$NOW" &&
      put "$jb_draft/before" "$HASH" && put "$jb_draft/written" "$HASH" || return 1
    durable "$jb_draft"/*
    attempt "cannot write the journal of $1" mv "$jb_draft" "$jb_entry" || return 1
    durable "$S/files"
  fi
  make_parents "$1"
}

# journal_install PATH MODE: moves NEW_FILE into place. MODE "" keeps what it has.
journal_install() {
  ji_hash=$(sha256sum <"$NEW_FILE") && ji_hash=${ji_hash%% *} || {
    fail "cannot read $NEW_FILE"
    return 1
  }
  [ -z "$2" ] || attempt "cannot set the mode of $1" chmod "$2" "$NEW_FILE" || return 1
  undo_intend "$1" "$ji_hash" && durable "$NEW_FILE" && store "$S/files/$ENCODED/written" "$ji_hash" || return 1
  attempt "cannot write $1" mv -f "$NEW_FILE" "$R$1" || return 1
  placed "$1"
  first_line "$S/files/$ENCODED/before"
  # Back to what was there before our first write: nothing of ours is left in it.
  [ "$LINE" != "$ji_hash" ] || journal_forget "$1"
}

journal_forget() {
  encode "$1"
  rm -rf "$S/files/.gone-$ENCODED"
  mv "$S/files/$ENCODED" "$S/files/.gone-$ENCODED" 2>/dev/null && durable "$S/files" && rm -rf "$S/files/.gone-$ENCODED"
  prune_directories
}

# journal_knows PATH: is there an entry? Its fields into BEFORE and WRITTEN.
journal_knows() {
  encode "$1"
  BEFORE='' WRITTEN=''
  [ -d "$S/files/$ENCODED" ] || return 1
  first_line "$S/files/$ENCODED/before" && BEFORE=$LINE
  first_line "$S/files/$ENCODED/written" && WRITTEN=$LINE
}

# replace_file PATH MODE: standard input becomes the file, through the journal.
replace_file() {
  journal_begin "$1" || return 1
  # The owner of a file that is there stays.
  [ ! -e "$R$1" ] || cp -p "$R$1" "$NEW_FILE" 2>/dev/null || :
  rf_said=$({ cat >"$NEW_FILE"; } 2>&1) || {
    rm -f "$NEW_FILE"
    fail "cannot write $1: $(one_line "$rf_said")"
    return 1
  }
  journal_install "$1" "$2"
}

# keep_edited PATH, HASH and ENCODED of it: a file of ours as a person left it stays readable after it is written over as reviewed.
keep_edited() {
  ke_at=$S/left/$ENCODED.edited-${HASH%"${HASH#????????????}"}
  attempt "cannot keep what somebody made of $1" mkdir -p "$S/left" &&
    attempt "cannot keep what somebody made of $1" cp -p "$R$1" "$ke_at.new" &&
    attempt "cannot keep what somebody made of $1" mv -f "$ke_at.new" "$ke_at" || return 1
  durable "$ke_at" "$S/left"
}

# Step writeFile: PATH MODE BEFORE, the text on standard input.
write_file() {
  [ ! -L "$R$1" ] || {
    fail "$1 is a symbolic link to $(readlink "$R$1"): gpuhost writes no file through a link"
    return 1
  }
  wf_said=$({ cat >"$T/text"; } 2>&1) || {
    fail "cannot keep the text of $1: $(one_line "$wf_said")"
    return 1
  }
  wf_text=$(sha256sum <"$T/text") && wf_text=${wf_text%% *} || return 1
  hash_of "$1" || return 1
  if [ "$HASH" = "$wf_text" ]; then
    STATE=unchanged SAYS="$1 is already as planned"
    return 0
  fi
  journal_knows "$1" || :
  if [ "$HASH" != "$3" ] && [ "$HASH" != "$WRITTEN" ]; then
    fail "$1 is not what the plan was made for (found $HASH, expected $3): somebody changed it meanwhile, and it is not written over"
    return 1
  fi
  wf_kept=''
  if [ -n "$WRITTEN" ]; then
    case $HASH in
      absent | "$WRITTEN" | "$BEFORE") ;;
      *) keep_edited "$1" && wf_kept="; what somebody had made of it is kept in ${ke_at#"$R"}" || return 1 ;;
    esac
  fi
  replace_file "$1" "$2" <"$T/text" && SAYS="wrote $1$wf_kept"
}

# Step restoreFile: PATH
restore_file() {
  journal_knows "$1" || {
    STATE=unchanged SAYS="$1 holds nothing of ours"
    return 0
  }
  if [ -s "$S/files/$ENCODED/line" ]; then
    restore_line "$1"
    return
  fi
  hash_of "$1" || return 1
  if [ "$HASH" = "$BEFORE" ]; then
    undo_save "$1" && journal_forget "$1" || return 1
    STATE=unchanged SAYS="$1 is as it was before"
  elif [ "$HASH" = "$WRITTEN" ]; then
    journal_begin "$1" || return 1
    encode "$1"
    undo_intend "$1" "$BEFORE" || return 1
    if [ "$BEFORE" = absent ]; then
      attempt "cannot remove $1" rm -f "$R$1" || return 1
      SAYS="removed $1"
    else
      attempt "cannot put back $1" cp -p "$S/files/$ENCODED/before.image" "$NEW_FILE" || return 1
      [ "$(sha256sum <"$NEW_FILE")" = "$(printf '%s  -' "$BEFORE")" ] || {
        rm -f "$NEW_FILE"
        fail "the kept image of $1 is damaged: it is not put back, /var/lib/gpuhost/files holds it"
        return 1
      }
      durable "$NEW_FILE"
      attempt "cannot put back $1" mv -f "$NEW_FILE" "$R$1" || return 1
      SAYS="put back $1"
    fi
    placed "$1"
    journal_forget "$1"
  else
    undo_save "$1" || return 1
    encode "$1"
    mkdir -p "$S/left" && rm -rf "$S/left/$ENCODED" && cp -pR "$S/files/$ENCODED" "$S/left/$ENCODED" && journal_forget "$1"
    STATE=left
    SAYS="$1 was edited by somebody since and is left as it is; what was there before us is kept in /var/lib/gpuhost/left"
    [ "$BEFORE" != absent ] || SAYS="$1 was edited by somebody since and is left as it is; before us there was no such file"
  fi
}
