# shellcheck shell=sh disable=SC2034,SC2015
# (SC2034: used in other files of the library. SC2015: in `a && b || c` here, c is meant for either failing.)
# The agent of gpuhost: carries out one transaction on this host. Runs under dash, busybox ash and bash, detached from the session
# that brought it. A function that can fail returns non-zero with the reason in SAYS. GPUHOST_ROOT names another tree (tests).
LC_ALL=C
PATH=${PATH:-/usr/bin}:/usr/local/sbin:/usr/sbin:/sbin:/usr/bin:/bin
R=${GPUHOST_ROOT:-}
[ "$R" != / ] || R=
GPUHOST_ROOT=$R
export LC_ALL PATH GPUHOST_ROOT
umask 022
S=$R/var/lib/gpuhost
SAYS='' STATE='' BOOT_ID='' T='' OWNER='' KW_HOME=''
TAB=$(printf '\t')
NEWLINE='
'

say() { printf '%s\n' "$*"; }

fail() {
  SAYS=$1
  return 1
}

# one_line TEXT: without line breaks and tabs.
one_line() {
  case $1 in
    *"$NEWLINE"* | *"$TAB"*) printf '%s' "$1" | tr '\n\t' '  ' ;;
    *) printf '%s' "$1" ;;
  esac
}

# attempt WHAT COMMAND...: what the command says goes into SAYS when it fails.
attempt() {
  attempt_what=$1
  shift
  "$@" >"$T/said" 2>&1 </dev/null && return 0
  fail "$attempt_what: $(one_line "$(cat "$T/said" 2>/dev/null || room_of "$T")")"
}

need() {
  for need_command; do
    command -v "$need_command" >/dev/null 2>&1 || {
      fail "the command $need_command is missing on this host"
      return 1
    }
  done
}

# Files and directories named are on disk when this returns; an older sync knows no operands and flushes everything.
durable() { sync "$@" 2>/dev/null || sync 2>/dev/null || :; }

# placed PATH: the directory's word about that file is on disk, and for a file below /boot where a boot loader finds it.
placed() {
  durable "$R${1%/*}"
  case $1 in /boot/*) checkpoint "$R${1%/*}" ;; esac
}

# checkpoint DIRECTORY: GRUB reads a file system without replaying its journal. What an fsync has left in the journal only, a boot after a
# power cut would not find yet: of ext4 it is written to its place with the block device, btrfs writes all with a sync of the file system,
# and XFS only when it is frozen, which is never done to the file system that everything runs from.
checkpoint() {
  cp_device=$(df -P "$1" 2>/dev/null | awk 'NR == 2 { print $1 }')
  [ -b "$cp_device" ] || return 0
  cp_kind=$(stat -f -c %T "$1" 2>/dev/null) cp_mount=$(stat -c %m "$1" 2>/dev/null) cp_number=$(stat -c %d "$1" 2>/dev/null)
  case $cp_kind in
    ext*) durable "$cp_device" ;;
    *) sync -f "$1" 2>/dev/null || sync ;;
  esac
  # By number, since another place may show the same file system.
  [ "$cp_kind" = xfs ] && [ "$cp_number" != "$(stat -c %d /)" ] && [ "$cp_number" != "$(stat -c %d "$S")" ] && command -v fsfreeze >/dev/null 2>&1 || return 0
  (
    trap '' TERM INT HUP
    fsfreeze -f "$cp_mount" && fsfreeze -u "$cp_mount"
  ) >/dev/null 2>&1 || :
}

# first_line FILE: into LINE, "" when there is none.
first_line() {
  LINE=
  [ ! -r "$1" ] || IFS= read -r LINE <"$1" || :
}

# put FILE TEXT: a small file that nothing depends on yet; not on disk when this returns.
put() {
  { printf '%s\n' "$2" >"$1"; } 2>/dev/null || {
    rm -f "$1"
    fail "cannot write ${1#"$R"}: $(room_of "${1%/*}")"
  }
}

# store FILE TEXT: replaces a small file whole.
store() {
  put "$1.new" "$2" || return 1
  durable "$1.new"
  attempt "cannot write ${1#"$R"}" mv -f "$1.new" "$1" && durable "${1%/*}"
}

# room_of DIRECTORY: what is known about why nothing can be written there.
room_of() {
  room_free=$(df -Pk "$1" 2>/dev/null | awk 'NR == 2 { print $4 }')
  case $room_free in
    0) printf 'no space left on its file system' ;;
    '') printf 'its file system cannot be read' ;;
    *) printf 'read-only, or not permitted (%s KiB are free)' "$room_free" ;;
  esac
}

# hash_of PATH: sha256 into HASH, or "absent".
hash_of() {
  HASH=absent
  if [ -f "$R$1" ]; then
    HASH=$(sha256sum <"$R$1") || {
      fail "cannot read $1"
      return 1
    }
    HASH=${HASH%% *}
  elif [ -e "$R$1" ] || [ -L "$R$1" ]; then
    fail "$1 is not a plain file"
  fi
}

# encode PATH: as one file name, into ENCODED.
encode() {
  en_left=$1 ENCODED=''
  while :; do
    en_part=${en_left%%[%/]*}
    ENCODED=$ENCODED$en_part
    [ "$en_part" != "$en_left" ] || return 0
    en_left=${en_left#"$en_part"}
    case $en_left in
      %*) ENCODED=$ENCODED%25 ;;
      *) ENCODED=$ENCODED%2F ;;
    esac
    en_left=${en_left#?}
  done
}

# reversed: standard input, last line first.
reversed() { sed -n '1!G; h; $p'; }

# Seconds since boot, into UPTIME: no process, and no clock that somebody sets.
uptime_now() {
  read -r UPTIME _ </proc/uptime
  UPTIME=${UPTIME%%.*}
}

nap() { sleep 0.1 2>/dev/null || sleep 1; }

# alive PID BOOT_ID [START]: that process lives, in this boot, and is no later one with the same number.
alive() {
  [ -n "$1" ] && [ "$2" = "$BOOT_ID" ] && kill -0 "$1" 2>/dev/null || return 1
  [ -n "${3:-}" ] || return 0
  start_of "$1"
  [ "$3" = "$START" ]
}

# start_of PID: when it started, in ticks since boot, into START (field 22 of proc(5) stat).
start_of() {
  START=''
  first_line "/proc/$1/stat"
  # shellcheck disable=SC2086 # numbers, one a word
  set -- ${LINE##*) }
  [ $# -lt 20 ] || START=${20}
}
