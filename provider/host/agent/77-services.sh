# shellcheck shell=sh disable=SC2015
# (SC2015: in `a && b || c` here, c is meant for either failing.)
# Services that read their configuration only when they start. /var/lib/gpuhost/services names those that read a file of ours.

# Step restartService: UNIT WATCH_SECONDS starts|ends [why]
restart_service() {
  rs_why=
  if [ "${4:-}" = why ]; then
    rs_since=$(cat "$S"/transactions/*/restarted 2>/dev/null | sort -n | tail -n 1)
    [ -z "$rs_since" ] || rs_why=$(last_error "$1" "$rs_since")
  fi
  need systemctl || return 1
  ! { [ "$3" = ends ] && nobody_runs "$1"; } || return 0
  undo_note service "$1" || return 1
  ! [ "$3" = starts ] || services_note "$1" || return 1
  say "restarting $1, then watching it for $2 s"
  date +%s >"$T/restarted" && attempt "cannot restart $1" systemctl restart "$1" || return 1
  watch_service "$1" "$2" || return 1
  [ "$3" = starts ] || services_forget "$1"
  SAYS="restarted $1, which has been up for $2 s${rs_why:+. Before that: $rs_why}"
}

# nobody_runs UNIT: it was removed, or somebody stopped it: our file is gone, and the next start reads what is there.
nobody_runs() {
  case $(systemctl show -p LoadState "$1" 2>/dev/null) in
    LoadState=not-found) nr_says="there is no $1 any more" ;;
    *) [ "$(systemctl is-active "$1" 2>/dev/null)" = inactive ] || return 1
      nr_says="$1 does not run and is left stopped" ;;
  esac
  services_forget "$1"
  STATE=unchanged SAYS=$nr_says
}

services_note() {
  ! grep -qxF -e "$1" "$S/services" 2>/dev/null || return 0
  undo_note reading "$1" && store "$S/services" "$(cat "$S/services" 2>/dev/null)${NEWLINE}$1"
}

services_forget() {
  [ -e "$S/services" ] || return 0
  sf_left=$(grep -vxF -e "$1" -e '' "$S/services")
  if [ -n "$sf_left" ]; then store "$S/services" "$sf_left"; else rm -f "$S/services"; fi
}

# service_state UNIT: into ACTIVE and MAIN_PID.
service_state() {
  ACTIVE=$(systemctl is-active "$1" 2>/dev/null)
  MAIN_PID=$(systemctl show -p MainPID "$1" 2>/dev/null)
  MAIN_PID=${MAIN_PID#MainPID=}
}

# watch_service UNIT SECONDS: 1 when it ends, is another process, or has given up before that.
watch_service() {
  service_state "$1"
  ws_first=$MAIN_PID
  first_line "$T/restarted" && ws_since=$LINE
  uptime_now
  ws_until=$((UPTIME + $2))
  while :; do
    service_state "$1"
    case $ACTIVE in active | activating | reloading) ;; *) break ;; esac
    [ "$MAIN_PID" = "$ws_first" ] || break
    # nova-compute 34 whose start failed goes on as a process that does nothing: its threads keep it.
    if complaints "$1" "$ws_since" | grep -q " $MAIN_PID CRITICAL .*Unhandled error"; then
      fail "$1 gave up soon after its restart, and its process does nothing any more: $(last_error "$1" "$ws_since")"
      return 1
    fi
    uptime_now
    [ "$UPTIME" -lt "$ws_until" ] || return 0
    sleep 1
  done
  fail "$1 ended soon after its restart (${ACTIVE:-unknown}): $(last_error "$1" "$ws_since")"
}

# complaints UNIT SINCE: the errors since then (in seconds since 1970) in its own log, or where it has none in those of all of Nova.
complaints() {
  ct_from=$(date -d "@$2" '+%Y-%m-%d %H:%M:%S')
  set -- "$2" "$R"/var/log/nova/"${1%.service}"*.log
  [ -f "$2" ] || set -- "$1" "$R"/var/log/nova/*.log
  ct_since=$1
  shift
  for ct_log in "$@"; do
    [ -f "$ct_log" ] && [ "$(stat -c %Y "$ct_log")" -ge "$ct_since" ] || continue
    # oslo.log begins each line with the local time; a traceback has it too. What is older is told of another run.
    tail -n 400 "$ct_log" |
      awk -v from="$ct_from" 'BEGIN { on = 1 } /^[0-9][0-9][0-9][0-9]-/ { on = ($0 "") >= from } on' |
      grep -E ' (CRITICAL|ERROR) |^[A-Za-z_.]*(Error|Exception|Invalid)[A-Za-z]*: ' | grep -vE ' (CRITICAL|ERROR) [^ ]+ *$'
  done
}

# last_error UNIT SINCE: the last thing it complained of, why it gave up before anything else, from its own log or the system's.
last_error() {
  le_line=$(complaints "$1" "$2" | grep ' CRITICAL ' | tail -n 1)
  [ -n "$le_line" ] || le_line=$(complaints "$1" "$2" | tail -n 1)
  [ -n "$le_line" ] || le_line=$(journalctl -q -u "$1" --since "@$2" -n 20 -o cat 2>/dev/null | grep -E 'Error|ERROR|CRITICAL|Invalid' | tail -n 1)
  # A URL may carry a password.
  printf '%s' "${le_line:-it logged nothing about it}" | sed 's#://[^@/ ]*@#://***@#g' | cut -c1-500
}

# undo_services: what was restarted for new files is restarted once more for those that are back.
undo_services() {
  [ -n "$UNITS" ] || return 0
  # shellcheck disable=SC2086 # names of units, one a word
  for us_unit in $(printf '%s\n' $UNITS | sort -u); do
    SAYS=
    date +%s >"$T/restarted"
    if attempt "cannot restart $us_unit" systemctl restart "$us_unit" && watch_service "$us_unit" 5; then
      say "undone: $us_unit runs with what was there before"
    else
      STUCK="${STUCK:+$STUCK; }$SAYS"
    fi
  done
}
