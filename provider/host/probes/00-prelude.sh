# The reading script of gpuhost: reads, prints, changes nothing. Runs under dash, busybox ash and bash.
# What it prints is described in provider/facts/stream.ts. GPUHOST_ROOT names a recorded tree; empty is the running host.
LC_ALL=C
PATH=${PATH:-/usr/bin}:/usr/local/sbin:/usr/sbin:/sbin:/usr/bin:/bin
export LC_ALL PATH
umask 077
root=${GPUHOST_ROOT:-}
[ "$root" != / ] || root=
# Relative paths from here on: errors of grep and what this script prints then name a file the same way.
cd "${root:-/}" || exit 3
printf '== gpuhost-observe 1\n'

# As many paths as fit any command line (execve(2): 128 KiB at the very least); more go through xargs, which costs two processes.
few=500

# files PATH...: the text of each. A pattern that matched nothing stays as it is; grep's "No such file" says so.
files() {
  printf '== files\n'
  printf '%s\n' "$@"
  printf '== lines\n'
  if [ $# -le $few ]; then
    grep -aH '' "$@" 2>&1
  else
    printf '%s\0' "$@" | xargs -0 grep -aH '' 2>&1
  fi
}

# matching REGEX PATH...: only the lines of each file that match.
matching() {
  regex=$1
  shift
  printf '== files\n'
  printf '%s\n' "$@"
  printf '== lines\n'
  if [ $# -le $few ]; then
    grep -aHE -e "$regex" "$@" 2>&1
  else
    printf '%s\0' "$@" | xargs -0 grep -aHE -e "$regex" 2>&1
  fi
}

# links PATH...: where each symbolic link points. One process, since readlink of busybox takes one name.
links() {
  printf '== links\n'
  if [ $# -le $few ]; then
    ls -lnd "$@" 2>/dev/null
  else
    printf '%s\0' "$@" | xargs -0 ls -lnd 2>/dev/null
  fi
}

# names DIRECTORY...: what lies in each.
names() {
  printf '== names\n'
  for directory in "$@"; do
    if [ ! -d "$directory" ]; then
      hidden "$directory"
    elif [ -r "$directory" ] && [ -x "$directory" ]; then
      printf 'D %s\n' "$directory"
      printf 'N %s\n' "$directory"/*
    else
      printf 'U %s\n' "$directory"
    fi
  done
}

# present PATH...: which of these are there.
present() {
  printf '== names\n'
  for path in "$@"; do
    [ ! -e "$path" ] || printf 'N %s\n' "$path"
  done
}

# hidden PATH: says that a path cannot be seen, when a directory above it may not be entered.
hidden() {
  above=$1
  while [ "$above" != "${above%/*}" ]; do
    above=${above%/*}
    [ ! -d "$above" ] || break
  done
  [ ! -d "$above" ] || [ -x "$above" ] || printf 'U %s\n' "$1"
}

# bytes COUNT PATH...: the first bytes of each. head names the files; /dev/null makes it do so for a single one.
bytes() {
  count=$1
  shift
  printf '== bytes\n'
  printf '%s\n' "$@"
  if command -v base64 >/dev/null; then
    printf '== base64\n'
    heads "$@" 2>/dev/null | base64
  else
    printf '== hex\n'
    heads "$@" 2>/dev/null | od -An -v -tx1
  fi
}
heads() {
  if [ $# -le $few ]; then
    head -c "$count" /dev/null "$@"
  else
    printf '%s\0' "$@" | xargs -0 head -c "$count" /dev/null
  fi
}

# answer NAME: what a probe worked out, from its input.
answer() {
  printf '== answer %s\n' "$1"
  sed 's/^/|/'
}

newline='
'
# said NAME TEXT: the same of a text; no process is worth a few lines.
said() {
  if [ ${#2} -gt 2000 ]; then
    printf '%s\n' "$2" | answer "$1"
    return
  fi
  printf '== answer %s\n' "$1"
  [ -z "$2" ] || printf '|%s\n' "${2%%"$newline"*}"
  rest=$2
  while [ "$rest" != "${rest#*"$newline"}" ]; do
    rest=${rest#*"$newline"}
    printf '|%s\n' "${rest%%"$newline"*}"
  done
}

# recorded NAME: the answer that a recording holds.
recorded() {
  [ -n "$root" ] && [ -f "gpuhost/answers/$1" ] && answer "$1" <"gpuhost/answers/$1"
}

# ask NAME COMMAND...: of the running host only; a recorded tree has its own answer or none.
ask() {
  name=$1
  shift
  recorded "$name" || [ -n "$root" ] || said "$name" "$("$@" 2>/dev/null)"
}

# derive NAME COMMAND...: an answer that follows from files alone, so it is worked out for any tree.
derive() {
  name=$1
  shift
  recorded "$name" || said "$name" "$("$@" 2>/dev/null)"
}

# What was unreadable when a recording was made still is.
recorded unreadable
