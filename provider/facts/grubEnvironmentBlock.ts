import { known, unreadable, value, absent, type Reading } from "./reading";
import type { Snapshot } from "./snapshot";
import { mountTable } from "./mounts";

/** File systems whose files GRUB overwrites in place (GRUB manual, "The GRUB environment block"). */
const writable = new Set(["ext2", "ext3", "ext4", "xfs", "vfat", "fat"]);

/**
 * Whether GRUB itself can write the environment block: it writes to plain blocks only, so not on LVM, md, dm-crypt or multipath,
 * and not on file systems that move or check-sum their blocks (btrfs, ZFS).
 */
export function environmentWritable(snapshot: Snapshot): Reading<boolean> {
  const directory = ["/boot/grub", "/boot/grub2"].find((path) => (known(snapshot.list("/boot")) ?? []).includes(path.slice("/boot/".length)));
  if (directory === undefined) return absent;
  const mounts = mountTable(snapshot);
  if (mounts.kind !== "value") return mounts;
  const mount = mounts.value
    .filter(({ mountPoint }) => mountPoint === "/" || directory === mountPoint || directory.startsWith(`${mountPoint}/`))
    .sort((a, b) => b.mountPoint.length - a.mountPoint.length)[0];
  if (mount === undefined) return unreadable("the file system of /boot is on no device that is mounted");
  const name = (known(snapshot.list("/sys/class/block")) ?? []).find((block) => known(snapshot.text(`/sys/class/block/${block}/dev`)) === mount.device);
  const plain = !/^(dm-|md)/.test(name ?? mount.source.replace(/^\/dev\/(mapper\/)?/, (_, mapper) => (mapper === undefined ? "" : "dm-")));
  return value(plain && writable.has(mount.fileSystem));
}
