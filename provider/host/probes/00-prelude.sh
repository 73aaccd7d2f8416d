# The reading script of gpuhost: reads, prints, changes nothing. Runs under dash, busybox ash and bash.
# What it prints is described in provider/facts/stream.ts. GPUHOST_ROOT names a recorded tree; empty is the running host.
# What costs on a host is first of all processes, then names that are looked up: probes say what they want to have read, and one grep, one ls and
# one sha256sum at the end read it for all of them (90-read.sh).
LC_ALL=C
PATH=${PATH:-/usr/bin}:/usr/local/sbin:/usr/sbin:/sbin:/usr/bin:/bin
export LC_ALL PATH
umask 077
root=${GPUHOST_ROOT:-}
[ "$root" != / ] || root=
# Relative paths from here on: errors of grep and what this script prints then name a file the same way.
cd "${root:-/}" || exit 3
printf '== gpuhost-observe 1\n'

newline='
'
# As many paths as fit any command line (execve(2): 128 KiB at the very least); more go through xargs, which costs two processes.
few=1000

# existing PATTERN...: sets $words to those that something matches, and to what may be there out of sight. What is not there need not be asked
# for: grep would say so in four small writes each. Patterns are of this script and hold no blanks; what matches them may.
existing() {
  words=
  set -f
  # shellcheck disable=SC2048 # patterns
  for wanted in $*; do
    set +f
    for path in $wanted; do
      # The first that a pattern matched may be a link to nowhere, and a link may lead where nobody may look.
      if [ "$path" != "$wanted" ] || [ -e "$path" ] || [ -L "$path" ] || concealed "$path" || beyond_link "$path"; then words="$words $wanted"; fi
      break
    done
  done
  set +f
}

# beyond_link PATH: whether it lies behind a link that shows no directory.
beyond_link() {
  above=$1
  while [ "$above" != "${above%/*}" ]; do
    above=${above%/*}
    [ ! -d "$above" ] || return 1
    [ ! -L "$above" ] || return 0
  done
  return 1
}

# files PATTERN...: the text of each, in the end.
plain=
files() {
  existing "$@"
  plain=$plain$words
}

# links PATTERN...: where each symbolic link points, in the end.
linked=
links() { linked="$linked $*"; }

# sums PATH...: a hash of each, in the end, as the answers of 85-hashes.sh.
summed=
sums() {
  for path in "$@"; do
    summed="$summed$path$newline"
  done
}

# read_to_the_end STATUS, of grep or xargs: 1, 2 and 123 say that something was not found or not read, which it has said of each. One that was killed has
# left out the rest, and a file of which nothing comes is an empty one: the reading ends there, cut short.
read_to_the_end() {
  case $1 in
    0 | 1 | 2 | 123) ;;
    *) exit 4 ;;
  esac
}

# texts PATH...: the text of each, now.
texts() { lines_of '' "$@"; }

# matching REGEX PATTERN...: only the lines of each file that match, in the end. One grep looks for the lines of all such files, so a regex
# begins with what no other of these files has at the beginning of a line.
expressions='' filtered=''
matching() {
  expressions="$expressions|$1"
  shift
  existing "$@"
  filtered=$filtered$words
}

# lines_of REGEX PATH...: the same of any regex, now.
lines_of() {
  regex=$1
  shift
  [ $# -gt 0 ] || return 0
  printf '== files\n'
  printf '%s\n' "$@"
  printf '== lines\n'
  if [ $# -le $few ]; then
    grep -aHE -e "$regex" "$@" 2>&1
  else
    printf '%s\0' "$@" | xargs -0 grep -aHE -e "$regex" 2>&1
  fi
  read_to_the_end $?
}

# names DIRECTORY...: what lies in each.
names() {
  printf '== names\n'
  for directory in "$@"; do
    if [ ! -d "$directory" ]; then
      hidden "$directory"
    elif [ -r "$directory" ] && [ -x "$directory" ]; then
      printf '%s\n' "D $directory"
      printf 'N %s\n' "$directory"/*
    else
      printf 'U %s\n' "$directory"
    fi
  done
}

# there PATH...: what a pattern found; a pattern that found nothing counts for nothing.
there() {
  printf '== names\n'
  printf 'N %s\n' "$@"
}

# present PATH...: which of these are there.
present() {
  seen=
  for path in "$@"; do
    [ ! -e "$path" ] || seen="${seen}N $path$newline"
  done
  [ -z "$seen" ] || printf '== names\n%s' "$seen"
}

# hidden PATH: says that a path cannot be seen, when a directory above it may not be entered.
hidden() { ! concealed "$1" || printf 'U %s\n' "$1"; }
concealed() {
  above=$1
  while [ "$above" != "${above%/*}" ]; do
    above=${above%/*}
    [ ! -d "$above" ] || break
  done
  [ -d "$above" ] && [ ! -x "$above" ]
}

# answer NAME: what a probe worked out, from its input.
answer() {
  printf '== answer %s\n' "$1"
  sed 's/^/|/'
}

# said NAME TEXT: the same of a text; no process is worth a few lines.
said() {
  if [ ${#2} -gt 8000 ]; then
    printf '%s\n' "$2" | answer "$1"
    return
  fi
  printf '== answer %s\n' "$1"
  [ -n "$2" ] || return 0
  IFS=$newline
  set -f
  # shellcheck disable=SC2086 # lines
  case $2 in
    "$newline"* | *"$newline$newline"*) printf '%s\n' "$2" | sed 's/^/|/' ;;
    *) printf '|%s\n' $2 ;;
  esac
  set +f
  unset IFS
}

# recorded NAME: whether a recording holds the answer. Its text is read with all other files.
recorded() { [ -n "$root" ] && [ -f "gpuhost/answers/$1" ]; }
[ -z "$root" ] || files 'gpuhost/answers/*'

# ask NAME COMMAND...: of the running host only; a recorded tree has its own answer or none.
ask() {
  [ -n "$root" ] || derive "$@"
}

# derive NAME COMMAND...: an answer that follows from files alone, so it is worked out for any tree.
derive() {
  name=$1
  shift
  recorded "$name" || said "$name" "$("$@" 2>/dev/null)"
}

# work NAME FUNCTION...: the same without a process of its own, of a function that prints "|" before each of its lines.
work() {
  recorded "$1" || {
    printf '== answer %s\n' "$1"
    shift
    "$@"
  } 2>/dev/null
}

# Whose eyes these are; id(1) would be a process.
user=
if [ -z "$root" ] && [ -r proc/self/status ]; then
  while read -r key _ user _; do
    [ "$key" != Uid: ] || break
  done <proc/self/status
fi
