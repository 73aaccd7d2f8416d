import type { Files } from "./files";
import type { Machine, PciFunction } from "./machine";
import { deviceFolder } from "./sysfs";

interface ClassDevice {
  readonly path: string;
  /** Links to it below /sys. */
  readonly names: readonly string[];
  readonly attributes: Readonly<Record<string, string>>;
}

/** What a native driver makes of its device: an interface, a disk, a DRM card. Gone again when the driver goes. */
export function writeClassDevices(files: Files, machine: Machine, of: PciFunction, there: boolean): void {
  const folder = deviceFolder(machine, of);
  const devices = classDevices(of, folder);
  for (const device of devices) for (const path of [device.path, ...device.names]) files.remove(path);
  if (!there) return;
  for (const device of devices) {
    for (const [attribute, text] of Object.entries(device.attributes)) files.write(`${device.path}/${attribute}`, text);
    for (const name of device.names) files.link(name, device.path);
    if (!device.attributes.partition) files.link(`${device.path}/device`, folder);
  }
}

function classDevices(of: PciFunction, folder: string): ClassDevice[] {
  return [...(of.netdev ? [networkInterface(of.netdev, folder)] : []), ...(of.disk ? blockDevices(of.disk, folder) : []), ...(of.drm === undefined ? [] : [drmCard(of.drm, folder)])];
}

function networkInterface({ name, address }: { readonly name: string; readonly address: string | null }, folder: string): ClassDevice {
  const up = address !== null;
  const attributes: Record<string, string> = { operstate: up ? "up" : "down", flags: up ? "0x1003" : "0x1002", ifindex: "2", type: "1", address: "02:00:00:00:00:01" };
  if (up) attributes.carrier = "1";
  return { path: `${folder}/net/${name}`, names: [`/sys/class/net/${name}`], attributes };
}

function blockDevices(name: string, folder: string): ClassDevice[] {
  const path = `${folder}/nvme/nvme0/${name}`;
  const partition = `${name}p1`;
  return [
    { path, names: [`/sys/block/${name}`, `/sys/class/block/${name}`, "/sys/dev/block/259:0"], attributes: { dev: "259:0", size: "937703088" } },
    { path: `${path}/${partition}`, names: [`/sys/class/block/${partition}`, "/sys/dev/block/259:1"], attributes: { dev: "259:1", partition: "1", size: "937701376" } },
  ];
}

function drmCard(card: number, folder: string): ClassDevice {
  return { path: `${folder}/drm/card${card}`, names: [`/sys/class/drm/card${card}`], attributes: { dev: `226:${card}` } };
}
