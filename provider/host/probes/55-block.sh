# Which disks the host uses: mounts, swap, and what device-mapper, md and btrfs put together.
links 'sys/class/block/* sys/class/nvme/*'
there sys/class/block/*/slaves/* sys/class/nvme-subsystem/*/nvme* sys/fs/btrfs/*/devices/*
files 'sys/class/block/*/dev sys/class/block/*/dm/name sys/class/block/*/dm/uuid sys/class/block/*/md/level proc/swaps'
# Only mounts of devices: the name of a file server is nobody's business here.
matching '^[0-9]+ [0-9]+ [0-9]+:[0-9]+ .* - ((zfs|btrfs) |[^ ]+ /dev/[^ ])' proc/self/mountinfo
pool_devices() { ! command -v zpool >/dev/null || zpool status -LP | awk '$1 ~ /^\/dev\// { print $1 }' | sort -u; }
ask zfs-devices pool_devices
