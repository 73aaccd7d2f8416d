# shellcheck shell=sh
# One transaction at a time. The lock is a directory; a lock of another boot, or of a process that is gone, is taken over.

# lock_take WHO: 0 taken; 1 held by a live other, LOCKED_BY says who and since when.
lock_take() {
  LOCK=$S/lock LOCKED_BY=
  lock_tries=0
  while [ "$lock_tries" -lt 100 ]; do
    lock_tries=$((lock_tries + 1))
    if mkdir "$LOCK" 2>/dev/null; then
      lock_fill "$1"
      return
    fi
    if [ ! -d "$LOCK" ]; then
      # Let go of between two looks; or nothing can be made here at all.
      [ "$lock_tries" -lt 90 ] && [ -w "$S" ] && continue
      fail "cannot take the lock ${LOCK#"$R"}: $(room_of "$S")"
      return 1
    fi
    lock_read
    if [ -z "$lock_pid" ] && [ "$lock_tries" -lt 50 ]; then
      # Its taker is still writing its name into it.
      nap
    elif alive "$lock_pid" "$lock_boot" "$lock_start"; then
      LOCKED_BY=${lock_owner:-somebody}
      fail "locked by $LOCKED_BY"
      return 1
    else
      lock_take_over
    fi
  done
  fail "the lock ${LOCK#"$R"} cannot be taken"
}

lock_read() {
  first_line "$LOCK/owner" && lock_owner=$LINE
  first_line "$LOCK/pid" && lock_pid=$LINE
  first_line "$LOCK/boot_id" && lock_boot=$LINE
  first_line "$LOCK/start" && lock_start=$LINE
}

lock_fill() {
  printf '%s %s\n' "$1" "$(date -u +%Y-%m-%dT%H:%M:%SZ)" >"$LOCK/owner" && printf '%s\n' "$BOOT_ID" >"$LOCK/boot_id" &&
    start_of $$ && printf '%s\n' "$START" >"$LOCK/start" && printf '%s\n' $$ >"$LOCK/pid" && return
  lock_remove
  fail "cannot write the lock ${LOCK#"$R"}: $(room_of "$S")"
}

# Whoever makes the directory named for the dead holder may remove the dead lock, and only if it is still that holder's.
lock_take_over() {
  lock_dead=$lock_pid-$lock_boot
  lock_guard=$S/lock.dead-$lock_dead
  if mkdir "$lock_guard" 2>/dev/null; then
    lock_read
    if [ "$lock_pid-$lock_boot" = "$lock_dead" ]; then
      say "took over a lock that was left by ${lock_owner:-somebody}: that process is gone"
      lock_remove
    fi
    rmdir "$lock_guard"
  else
    nap
    [ "$lock_tries" -lt 60 ] || rmdir "$lock_guard" 2>/dev/null
  fi
}

# lock_remove: at once, so that nobody ever reads half a lock.
lock_remove() { mv "$S/lock" "$S/lock.gone-$$" 2>/dev/null && rm -rf "$S/lock.gone-$$"; }

lock_release() {
  first_line "$S/lock/pid"
  [ "$LINE" != $$ ] || lock_remove
}
