import { functionOfPath } from "./pciAddress";
import { known } from "./reading";
import type { Snapshot } from "./snapshot";
import { lastSegment } from "./values";

const root = "/sys/class/block";

/** A block device as sysfs places it, with what it is made of. */
export interface BlockDevice {
  readonly name: string;
  /** "MAJOR:MINOR". */
  readonly number: string | undefined;
  /** Name in /dev/mapper, for device-mapper. */
  readonly mapperName: string | undefined;
  /** "lvm", "crypt", "multipath", "md" or "": what puts it together. */
  readonly layer: string;
  /** PCI functions below it, through every layer. */
  readonly functions: readonly string[];
  /** A whole disk on a PCI function: no partition, nothing below it. */
  readonly disk: boolean;
}

export function blockDevices(snapshot: Snapshot): BlockDevice[] {
  return (known(snapshot.list(root)) ?? []).map((name) => {
    const target = known(snapshot.link(`${root}/${name}`)) ?? "";
    return {
      name,
      number: known(snapshot.text(`${root}/${name}/dev`)),
      mapperName: known(snapshot.text(`${root}/${name}/dm/name`)),
      layer: layer(snapshot, name),
      functions: [...new Set(functionsBelow(snapshot, name, new Set()))],
      disk: functionOfPath(target) !== undefined && !/\/block\/[^/]+\/[^/]+$/.test(target) && !/\/nvme\d+n\d+\/nvme\d+n\d+p\d+$/.test(target),
    };
  });
}

/** dm/uuid begins with what made the device: LVM-, CRYPT-, mpath-, part1-mpath-. */
function layer(snapshot: Snapshot, name: string): string {
  if (snapshot.text(`${root}/${name}/md/level`).kind === "value") return "md";
  const uuid = known(snapshot.text(`${root}/${name}/dm/uuid`)) ?? "";
  if (/^LVM-/.test(uuid)) return "lvm";
  if (/^CRYPT-/.test(uuid)) return "crypt";
  return /(^|-)mpath-/.test(uuid) ? "multipath" : "";
}

function functionsBelow(snapshot: Snapshot, name: string, seen: Set<string>): string[] {
  if (seen.has(name)) return [];
  seen.add(name);
  const target = known(snapshot.link(`${root}/${name}`)) ?? "";
  const own = functionOfPath(target);
  if (own !== undefined) return [own];
  const slaves = known(snapshot.list(`${root}/${name}/slaves`)) ?? [];
  if (slaves.length > 0) return slaves.flatMap((slave) => functionsBelow(snapshot, slave, seen));
  const parent = /\/block\/([^/]+)\/[^/]+$/.exec(target)?.[1];
  if (parent !== undefined) return functionsBelow(snapshot, parent, seen);
  return multipathNvme(snapshot, target);
}

/** With native NVMe multipath a namespace lies under its subsystem; the controllers named there lie under PCI functions. */
function multipathNvme(snapshot: Snapshot, target: string): string[] {
  const subsystem = /\/nvme-subsystem\/([^/]+)\//.exec(target)?.[1];
  if (subsystem === undefined) return [];
  const controllers = (known(snapshot.list(`/sys/class/nvme-subsystem/${subsystem}`)) ?? []).filter((name) => /^nvme\d+$/.test(name));
  return controllers.flatMap((name) => functionOfPath(known(snapshot.link(`/sys/class/nvme/${name}`)) ?? "") ?? []);
}

/** The block device a path in /dev names. */
export function blockDeviceOfPath(devices: readonly BlockDevice[], path: string): BlockDevice | undefined {
  const name = lastSegment(path);
  return path.startsWith("/dev/mapper/") ? devices.find((device) => device.mapperName === name) : devices.find((device) => device.name === name);
}
