# shellcheck shell=sh
# The two ends of one transaction: `run` is the agent itself, `follow` is the session that waits for it, now or later.

# start ID: detached, so that losing the session does not matter.
start() {
  T=$S/transactions/$1
  if [ -d "$R/run/systemd/system" ] && command -v systemd-run >/dev/null 2>&1; then
    systemd-run --quiet --collect --unit="gpuhost-$1" --property=KillMode=process \
      env GPUHOST_ROOT="$R" PATH="$PATH" sh "$T/script" run </dev/null >/dev/null 2>"$T/start.log" && return
  fi
  if command -v setsid >/dev/null 2>&1; then
    setsid sh "$T/script" run </dev/null >/dev/null 2>&1 &
  else
    nohup sh "$T/script" run </dev/null >/dev/null 2>&1 &
  fi
}

# follow ID SKIP: prints the lines of the log after the first SKIP as progress, then the outcome on standard output.
follow() {
  T=$S/transactions/$1
  first_line "$R/proc/sys/kernel/random/boot_id" && BOOT_ID=$LINE
  : >>"$T/log"
  exec 3<"$T/log"
  uptime_now
  fo_limit=$((UPTIME + 20)) fo_look=$UPTIME fo_part='' fo_count=0 fo_looks=0 fo_skip=$2
  while :; do
    fo_over=''
    [ ! -e "$T/outcome" ] || fo_over=yes
    show_log
    [ -z "$fo_over" ] || break
    uptime_now
    if [ -e "$T/claim" ] && [ "$UPTIME" -ge "$fo_look" ]; then
      follow_alive
      fo_look=$((UPTIME + 2))
    fi
    if [ ! -e "$T/claim" ] && [ "$UPTIME" -gt "$fo_limit" ] && mkdir "$T/claim" 2>/dev/null; then
      printf 'outcome\tnot-started\t%s\n' "the transaction did not start on the host: $(cat "$T/start.log" 2>/dev/null)"
      printf 'failed\n' >"$T/state"
      return 0
    fi
    # Each look is a process on a host that may be slow; the first ones come quickly.
    fo_looks=$((fo_looks + 1))
    if [ "$fo_looks" -lt 20 ]; then nap; else sleep 0.5 2>/dev/null || sleep 1; fi
  done
  cat "$T/outcome"
  : >"$T/delivered"
}

show_log() {
  while IFS= read -r fo_line <&3 || { fo_part=$fo_part$fo_line && false; }; do
    fo_count=$((fo_count + 1))
    [ "$fo_count" -le "$fo_skip" ] || printf 'progress: %s\n' "$fo_part$fo_line" >&2
    fo_part=''
  done
}

# follow_alive: when the agent is gone without an outcome, undoes what it left and writes one.
follow_alive() {
  first_line "$T/pid" && fo_pid=$LINE
  first_line "$T/start" && fo_start=$LINE
  first_line "$T/boot_id" && fo_boot=$LINE
  # Still writing its number; or a power cut took it.
  [ -n "$fo_pid" ] || [ "$UPTIME" -gt "$fo_limit" ] || return 0
  ! alive "$fo_pid" "$fo_boot" "$fo_start" || return 0
  # It may have finished between two looks.
  [ ! -e "$T/outcome" ] || return 0
  RECOVERED='' RECOVERING=''
  lock_take "whoever waits for ${T##*/}" >/dev/null || return 0
  first_line "$T/state"
  if [ "$LINE" = running ] || [ -z "$LINE" ]; then
    recover_one "$T" >>"$T/log" 2>&1
  else
    first_line "$T/says"
    printf 'outcome\t%s\t%s\n' failed "the agent ended before it could say more: $LINE" >"$T/outcome"
  fi
  lock_release
}

# reboot_now: after the outcome was told, or after a while without anybody to tell.
reboot_now() {
  rn_count=0
  while [ ! -e "$T/delivered" ] && [ "$rn_count" -lt 100 ]; do
    rn_count=$((rn_count + 1))
    nap
  done
  sleep 1
  sync 2>/dev/null
  if [ -d "$R/run/systemd/system" ]; then
    systemctl reboot || reboot
  else
    reboot
  fi
}

# main ID MODE [SKIP]; steps and their words come from the script that this is part of.
main() {
  case ${2:-follow} in
    run)
      exec </dev/null >>"$S/transactions/$1/log" 2>&1
      begin || exit 0
      steps
      if [ -z "${UNDO_OFF:-}" ]; then transaction_end; else restore_end; fi
      [ -z "$REBOOT" ] || reboot_now
      ;;
    launch)
      start "$1"
      follow "$1" 0
      ;;
    *) follow "$1" "${3:-0}" ;;
  esac
}
