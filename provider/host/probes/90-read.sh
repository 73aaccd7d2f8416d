# Everything that the probes asked for, in one process each.
# shellcheck disable=SC2086 # patterns
texts $plain
# shellcheck disable=SC2086 # patterns
lines_of "${expressions#|}" $filtered

printf '== links\n'
# shellcheck disable=SC2086 # patterns
set -- $linked
if [ $# -le $few ]; then
  ls -lnd "$@" 2>/dev/null
else
  printf '%s\0' "$@" | xargs -0 ls -lnd 2>/dev/null
fi

# heads COUNT PATH...: the first bytes of each. head names the files; /dev/null makes it do so for a single one.
heads() {
  count=$1
  shift
  if [ $# -le $few ]; then
    [ $# -eq 0 ] || head -c "$count" /dev/null "$@"
  else
    printf '%s\0' "$@" | xargs -0 head -c "$count" /dev/null
  fi 2>/dev/null
}
# Config spaces as they are, after all text: what follows the mark is no line. No device knows the number that ends it.
set --
for address in $whole; do set -- "$@" "$pci/$address/config"; done
if [ -n "$headers$*" ]; then
  printf '== raw %s\n' $$
  # shellcheck disable=SC2086 # addresses have no blanks
  printf '%s\n' $headers "$@"
  printf '== blob\n'
  # shellcheck disable=SC2086
  heads 64 $headers
  heads 4096 "$@"
  printf '\n== whole %s\n' $$
fi
