import { blockDeviceOfPath, blockDevices, type BlockDevice } from "./blockDevices";
import type { DeviceUse } from "./hostFacts";
import { mountTable, type Mount } from "./mounts";
import { known } from "./reading";
import type { Snapshot } from "./snapshot";
import { lastSegment, linesOf } from "./values";

/** Which disks the host runs from: everything mounted, swap, and members of md, LVM, encryption and multipath; also disks that are only there. */
export function blockUses(snapshot: Snapshot): DeviceUse[] {
  const devices = blockDevices(snapshot);
  const uses: DeviceUse[] = [];
  const add = (device: BlockDevice | undefined, reason: string, says: string, critical = true): void => {
    for (const address of device?.functions ?? []) uses.push({ address, kind: "block", critical, says, reason });
  };
  for (const [device, mount] of mountedDevices(snapshot, devices)) add(device, `mount:${mount.mountPoint}`, `${shown(device)} is mounted on ${mount.mountPoint}`);
  for (const line of linesOf(known(snapshot.text("/proc/swaps")) ?? "").slice(1)) {
    const path = line.split(/\s+/)[0] ?? "";
    const device = blockDeviceOfPath(devices, path);
    add(device, `swap:${path}`, `${lastSegment(path)} is swap space`);
  }
  for (const device of devices) {
    if (device.layer !== "") add(device, `${device.layer}:${device.mapperName ?? device.name}`, `${shown(device)} lies on it`);
    if (device.disk && device.functions.length > 0) add(device, `disk:${device.name}`, `${device.name} is a disk of the host`, false);
  }
  return uses;
}

function shown(device: BlockDevice): string {
  const kinds: Readonly<Record<string, string>> = { lvm: "logical volume", crypt: "encrypted volume", multipath: "multipath disk", md: "RAID array" };
  const kind = kinds[device.layer];
  return kind === undefined ? device.name : `${kind} ${device.mapperName ?? device.name}`;
}

/** One mount for each device, the one nearest to the root: bind mounts of containers come and go and say nothing more. */
function mountedDevices(snapshot: Snapshot, devices: readonly BlockDevice[]): [BlockDevice, Mount][] {
  const nearest = new Map<BlockDevice, Mount>();
  for (const mount of known(mountTable(snapshot)) ?? []) {
    for (const device of devicesOfMount(snapshot, devices, mount)) {
      const before = nearest.get(device);
      if (before === undefined || byDistance(mount, before) < 0) nearest.set(device, mount);
    }
  }
  return [...nearest];
}

function byDistance(a: Mount, b: Mount): number {
  return a.mountPoint.length - b.mountPoint.length || (a.mountPoint < b.mountPoint ? -1 : 1);
}

/** btrfs and ZFS show a number of their own and may lie on several devices. */
function devicesOfMount(snapshot: Snapshot, devices: readonly BlockDevice[], mount: Mount): BlockDevice[] {
  const direct = devices.find((device) => device.number === mount.device) ?? blockDeviceOfPath(devices, mount.source);
  if (mount.fileSystem === "btrfs") {
    for (const uuid of known(snapshot.list("/sys/fs/btrfs")) ?? []) {
      const members = known(snapshot.list(`/sys/fs/btrfs/${uuid}/devices`)) ?? [];
      if (direct !== undefined && members.includes(direct.name)) return devices.filter((device) => members.includes(device.name));
    }
  }
  if (mount.fileSystem === "zfs") {
    const paths = linesOf(known(snapshot.answer("zfs-devices")) ?? "");
    return paths.flatMap((path) => blockDeviceOfPath(devices, path) ?? []);
  }
  return direct === undefined ? [] : [direct];
}
