# Which machine this is and what runs on it.
files etc/machine-id etc/os-release sys/class/dmi/id/product_uuid proc/cmdline proc/modules \
  proc/sys/kernel/hostname proc/sys/kernel/osrelease proc/sys/kernel/random/boot_id sys/kernel/security/lockdown
present run/ostree-booted

# Two lines of the first processor; the file has all of them.
if [ -r proc/cpuinfo ]; then
  printf '== files\nproc/cpuinfo\n== lines\n'
  while IFS= read -r line || [ -n "$line" ]; do
    case $line in
      '') break ;;
      vendor_id* | 'address sizes'*) printf 'proc/cpuinfo:%s\n' "$line" ;;
    esac
  done <proc/cpuinfo
else
  texts proc/cpuinfo
fi

if [ -z "$root" ]; then
  said user-id "$user"
  architecture=
  [ ! -r proc/sys/kernel/arch ] || read -r architecture <proc/sys/kernel/arch
  said architecture "${architecture:-$(uname -m)}"
fi
