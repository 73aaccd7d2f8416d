# Which network interfaces the host needs. No address leaves the host: interfaces are named instead.
names sys/class/net
links 'sys/class/net/* sys/class/net/*/master'
there sys/class/net/*/lower_*
present sys/class/net/*/bridge sys/class/net/*/bonding
files 'sys/class/net/*/carrier'

# The interface with the address that this SSH session came in on. sudo drops SSH_CONNECTION, so the caller may pass it on.
session=${GPUHOST_SSH_CONNECTION:-${SSH_CONNECTION:-}}
# shellcheck disable=SC2086 # four words: client address and port, server address and port
set -- $session
server=${3:-}
case $server in
  ::ffff:*.*) server=${server#::ffff:} ;;
esac

# "global NAME" for each interface with an address of the host, "session NAME" for the one that this session came in on, each once.
interfaces() {
  if command -v ip >/dev/null; then
    ip -o addr | awk -v server="$server" '
      { sub(/@.*/, "", $2); split($4, address, "/") }
      / scope global/ { print "global", $2 }
      server != "" && address[1] == server { print "session", $2 }'
    return
  fi
  awk 'NR > 1 && $3 == "00000000" { print "global", $1 }' proc/net/route
  # The longest route that holds the address; /proc/net/route writes addresses as little-endian hex.
  [ -z "$server" ] || awk -v server="$server" '
    function number(hex,   i, n) { n = 0; for (i = 7; i >= 1; i -= 2) n = n * 256 + digit(hex, i) * 16 + digit(hex, i + 1); return n }
    function digit(hex, i) { return index("0123456789ABCDEF", toupper(substr(hex, i, 1))) - 1 }
    BEGIN { split(server, b, "."); want = ((b[1] * 256 + b[2]) * 256 + b[3]) * 256 + b[4]; longest = -1 }
    NR > 1 {
      mask = number($8)
      size = 4294967296 - mask
      if (want - want % size == number($2) && mask > longest) { longest = mask; found = $1 }
    }
    END { if (found) print "session", found }' proc/net/route
}
# interface TAG: those of one kind.
interface() {
  printf '%s\n' "$interfaces" | sed -n "s/^$1 //p" | sort -u
}
if [ -z "$root" ]; then
  interfaces=$(interfaces 2>/dev/null)
  said addressed-interfaces "$(interface global)"
  case $server in
    *%*) said ssh-interface "${server#*%}" ;;
    *) said ssh-interface "$(interface session)" ;;
  esac
  work default-route-interfaces tagged route ''
fi
