# shellcheck shell=sh
# One transaction: lock, identity, recovery of an earlier one, the steps, and an outcome that any later session can read.

# step NUMBER KIND FUNCTION ARGUMENT...
step() {
  step_kind=$2
  if [ -n "$STOPPED" ]; then
    note_step "$step_kind" not-reached ''
    return 0
  fi
  say "step $1 of $STEPS: $2"
  shift 2
  STATE='done' SAYS=''
  if "$@" && [ -z "$SIGNALLED" ]; then
    [ "$STATE" != needs-reboot ] || STOPPED=needs-reboot
  else
    [ -z "$SIGNALLED" ] || SAYS="stopped by a signal${SAYS:+: $SAYS}"
    STATE=failed STOPPED=failed
    [ -n "$SAYS" ] || SAYS="$step_kind did not work, the log of the transaction says more"
  fi
  WHY=$SAYS
  say "$step_kind: $STATE${SAYS:+: $SAYS}"
  note_step "$step_kind" "$STATE" "$SAYS"
}

note_step() { printf 'step\t%s\t%s\t%s\n' "$1" "$2" "$(one_line "$3")" >>"$T/steps" 2>/dev/null || :; }

# transaction_begin ID OWNER WHO UUID MACHINE_ID: 1 when nothing may be done, the outcome is written then.
transaction_begin() {
  T=$S/transactions/$1 OWNER=$2
  STOPPED='' SIGNALLED='' WHY='' RECOVERED='' RECOVERING='' REBOOT=''
  first_line "$R/proc/sys/kernel/random/boot_id" && BOOT_ID=$LINE
  # Whoever waits for us may have given us up already.
  mkdir "$T/claim" 2>/dev/null || return 1
  printf '%s\n' "$BOOT_ID" >"$T/boot_id"
  start_of $$
  printf '%s\n' "$START" >"$T/start"
  NOW=$(date +%s)
  printf '%s\n' $$ >"$T/pid"
  put "$T/owner" "$OWNER" && store "$T/state" running || {
    conclude failed failed "$SAYS"
    return 1
  }
  trap 'SIGNALLED=yes' TERM INT
  trap '' HUP
  need awk cat chmod cp cut date df grep ln ls mkdir mv readlink rm rmdir sed sha256sum sleep sort stat tr && same_machine "$4" "$5" || {
    conclude failed "${REFUSAL:-failed}" "$SAYS"
    return 1
  }
  lock_take "$3" || {
    if [ -n "$LOCKED_BY" ]; then conclude failed locked "$LOCKED_BY"; else conclude failed failed "$SAYS"; fi
    return 1
  }
  mkdir -p "$S/files" "$S/devices" "$T/saved" 2>/dev/null && printf '%65536s' '' >"$T/ballast" 2>/dev/null || {
    conclude failed failed "cannot write to /var/lib/gpuhost: $(room_of "$S"). Nothing was touched."
    return 1
  }
  recover_all
}

# same_machine UUID MACHINE_ID: "" is not compared.
same_machine() {
  REFUSAL=''
  same_text "DMI UUID" "$1" "$R/sys/class/dmi/id/product_uuid" && same_text "machine-id" "$2" "$R/etc/machine-id" && return
  REFUSAL=identity
  return 1
}

same_text() {
  [ -n "$2" ] || return 0
  first_line "$3"
  [ "$LINE" != "$2" ] || return 0
  st_now=$(printf '%s' "$LINE" | tr '[:upper:]' '[:lower:]') st_planned=$(printf '%s' "$2" | tr '[:upper:]' '[:lower:]')
  [ "$st_now" = "$st_planned" ] || fail "this is another machine: its $1 is ${st_now:-not to be read}, the plan was made for $st_planned"
}

# recover_all: transactions that a power cut or a kill left half done are undone first, but for those whose remains were planned on.
recover_all() {
  ra_mine=$T
  for ra_each in "$S"/transactions/*; do
    [ "$ra_each" != "$ra_mine" ] || continue
    first_line "$ra_each/state"
    [ "$LINE" = running ] || continue
    first_line "$ra_each/pid" && ra_pid=$LINE
    first_line "$ra_each/boot_id" && ra_boot=$LINE
    first_line "$ra_each/start" && ra_start=$LINE
    ! alive "$ra_pid" "$ra_boot" "$ra_start" || continue
    recover_one "$ra_each"
  done
  T=$ra_mine
}

# recover_one DIRECTORY, of a transaction whose process is gone.
recover_one() {
  T=$1 RECOVERING=yes
  first_line "$T/owner" && ro_owner=$LINE
  ro_id=${T##*/}
  # Entries that were being made, and entries that were being taken away.
  rm -rf "$S"/files/.draft-* "$S"/virtual/.draft-* "$S"/mdevs/.draft-* "$S"/files/.gone-* "$S/undoing" "$S"/lock.gone-* "$S"/*.new
  if [ "$ro_owner" = restore ]; then
    ro_says="interrupted; what it had not put back yet is still in the journal, so restore again"
    conclude failed failed "$ro_says"
  elif [ "${CONTINUES:-}" != "${CONTINUES#*"$ro_id"}" ]; then
    # Every file is whole, as before or as written, and the journal knows what was there before us.
    drop_drafts
    ro_says="interrupted (its process ended or the host went down), and is continued"
    conclude failed failed "$ro_says"
  elif say "the transaction $ro_id of $ro_owner was interrupted: undoing it" && undo_all; then
    ro_says="interrupted (its process ended or the host went down), and undone by the next run"
    conclude undone failed "$ro_says"
  else
    ro_says="interrupted (its process ended or the host went down), and not everything could be undone: $STUCK"
    conclude failed stuck "$ro_says"
  fi
  RECOVERING='' RECOVERED="${RECOVERED:+$RECOVERED }The earlier transaction $ro_id of $ro_owner was $ro_says."
  say "the transaction $ro_id of $ro_owner was $ro_says"
}

# drop_drafts: temporary files beside the targets of an interrupted transaction.
drop_drafts() {
  for dd_each in "$T"/saved/*/path; do
    first_line "$dd_each" && dd_path=$LINE
    [ -z "$dd_path" ] || rm -f "$R${dd_path%/*}/.${dd_path##*/}.gpuhost-new"
  done
}

# transaction_end: undoes where a step failed, and says how it went.
transaction_end() {
  trap '' TERM INT HUP
  prune_transactions
  case $STOPPED in
    '') conclude 'done' 'done' "$RECOVERED" ;;
    needs-reboot) conclude 'done' needs-reboot "$WHY${RECOVERED:+ $RECOVERED}" ;;
    *)
      if undo_all; then
        sed "s/^\(step${TAB}[A-Za-z]*${TAB}\)done${TAB}/\1undone${TAB}/" "$T/steps" >"$T/steps.new" && mv "$T/steps.new" "$T/steps"
        conclude undone failed "$WHY${RECOVERED:+ $RECOVERED}"
      else
        conclude failed stuck "$WHY. Could not be undone: $STUCK${RECOVERED:+ $RECOVERED}"
      fi
      ;;
  esac
}

# conclude STATE OUTCOME SAYS: the state counts from the moment it is on disk. Whoever sees the outcome finds the lock free.
conclude() {
  rm -f "$T/ballast"
  co_says=$(one_line "$3")
  put "$T/says" "$co_says" || :
  store "$T/state" "$1" || :
  [ -n "$RECOVERING" ] || lock_release
  {
    printf 'outcome\t%s\t%s\n' "$2" "$co_says"
    [ ! -e "$T/steps" ] || cat "$T/steps"
  } >"$T/outcome.new" 2>/dev/null && mv "$T/outcome.new" "$T/outcome"
  rm -rf "$T"/saved "$T"/undo "$T"/text "$T"/render "$T"/rebind* "$T"/release* "$T"/listing "$T"/build.log "$T"/said
}

# The last 20 stay, and whatever is not finished.
prune_transactions() {
  # shellcheck disable=SC2012 # the names are ours: digits, letters, dashes
  ls -1t "$S/transactions" | sed 1,20d | while read -r pt_id; do
    first_line "$S/transactions/$pt_id/state"
    [ "$LINE" = running ] || rm -rf "$S/transactions/${pt_id:?}"
  done
}
