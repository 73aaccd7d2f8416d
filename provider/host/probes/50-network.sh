# Which network interfaces the host needs. No address leaves the host: interfaces are named instead.
names sys/class/net
links sys/class/net/* sys/class/net/*/master
present sys/class/net/*/lower_* sys/class/net/*/bridge sys/class/net/*/bonding
files sys/class/net/*/carrier

addressed_interfaces() {
  if command -v ip >/dev/null; then
    ip -o addr show scope global | awk '{ sub(/@.*/, "", $2); print $2 }'
  else
    awk 'NR > 1 && $3 == "00000000" { print $1 }' proc/net/route
  fi | sort -u
}
ask addressed-interfaces addressed_interfaces

default_route_interfaces() {
  {
    awk '$2 == "00000000" && $8 == "00000000" { print $1 }' proc/net/route
    awk '$1 ~ /^0+$/ && $2 == "00" && $NF != "lo" { print $NF }' proc/net/ipv6_route
  } | sort -u
}
ask default-route-interfaces default_route_interfaces

# The interface with the address that this SSH session came in on. sudo drops SSH_CONNECTION, so the caller may pass it on.
session=${GPUHOST_SSH_CONNECTION:-${SSH_CONNECTION:-}}
ssh_interface() {
  # shellcheck disable=SC2086 # four words: client address and port, server address and port
  set -- $session
  server=${3:-}
  case $server in
    '') return ;;
    *%*) printf '%s\n' "${server#*%}" && return ;;
    ::ffff:*.*) server=${server#::ffff:} ;;
  esac
  if command -v ip >/dev/null; then
    ip -o addr | awk -v server="$server" '{ split($4, address, "/"); sub(/@.*/, "", $2); if (address[1] == server) print $2 }'
  else
    # The longest route that holds the address; /proc/net/route writes addresses as little-endian hex.
    awk -v server="$server" '
      function number(hex,   i, n) { n = 0; for (i = 7; i >= 1; i -= 2) n = n * 256 + digit(hex, i) * 16 + digit(hex, i + 1); return n }
      function digit(hex, i) { return index("0123456789ABCDEF", toupper(substr(hex, i, 1))) - 1 }
      BEGIN { split(server, b, "."); want = ((b[1] * 256 + b[2]) * 256 + b[3]) * 256 + b[4]; longest = -1 }
      NR > 1 {
        mask = number($8)
        size = 4294967296 - mask
        if (want - want % size == number($2) && mask > longest) { longest = mask; found = $1 }
      }
      END { if (found) print found }' proc/net/route
  fi | sort -u
}
ask ssh-interface ssh_interface
