import type { Guest } from "./hostFacts";
import { addressesInText, comparePciAddresses, printPciAddress } from "./pciAddress";
import { absent, known, unreadable, value, type Reading } from "./reading";
import type { Snapshot } from "./snapshot";
import { linesOf } from "./values";

interface Found {
  name: string;
  uuid: string;
  readonly devices: Set<string>;
  readonly mdevs: Set<string>;
}

/**
 * Running guests: QEMU processes by their arguments, and what libvirt says in run/libvirt/qemu. The processes of others are hidden from
 * a user who is not root on some hosts, so without root the answer is not known.
 */
export function guests(snapshot: Snapshot, userId: Reading<number>): Reading<readonly Guest[]> {
  const processes = snapshot.answer("guests");
  const domains = snapshot.answer("domains");
  if (processes.kind === "absent" && (known(domains) ?? "") === "") return absent;
  if (known(userId) !== undefined && known(userId) !== 0) return unreadable("only root sees the processes of all users");
  const found = new Map<string, Found>();
  for (const guest of [...parseProcesses(known(processes) ?? ""), ...parseDomains(known(domains) ?? "")]) {
    const key = guest.uuid === "" ? guest.name : guest.uuid;
    const before = found.get(key);
    if (before === undefined) found.set(key, guest);
    else {
      before.name ||= guest.name;
      for (const device of guest.devices) before.devices.add(device);
      for (const mdev of guest.mdevs) before.mdevs.add(mdev);
    }
  }
  const all = [...found.values()].map(({ name, uuid, devices, mdevs }): Guest => ({
    name, uuid, devices: [...devices].sort(comparePciAddresses), ...(mdevs.size === 0 ? {} : { mdevs: [...mdevs].sort() }),
  }));
  return value(all.sort(byName));
}

function byName(a: Guest, b: Guest): number {
  return a.name < b.name || (a.name === b.name && a.uuid < b.uuid) ? -1 : 1;
}

/** "guest", then "name guest=instance-1,debug-threads=on", "uuid ...", "device vfio-pci,host=..." (or its JSON form). */
function parseProcesses(text: string): Found[] {
  const all: Found[] = [];
  for (const line of linesOf(text)) {
    const [word = "", rest = ""] = [line.split(" ", 1)[0], line.slice(line.indexOf(" ") + 1)];
    if (word === "guest") all.push({ name: "", uuid: "", devices: new Set(), mdevs: new Set() });
    const guest = all.at(-1);
    if (guest === undefined) continue;
    if (word === "name") guest.name = /(?:^|,)guest=([^,]*)/.exec(rest)?.[1] ?? rest.split(",")[0] ?? "";
    if (word === "uuid") guest.uuid = rest.toLowerCase();
    if (word !== "device") continue;
    const mdev = mdevOf(rest);
    if (mdev !== undefined) guest.mdevs.add(mdev);
    // A mediated device's path leads through its parent, which the guest does not have.
    else for (const address of addressesInText(withDomain(rest))) guest.devices.add(address);
  }
  return all;
}

/** UUID of `sysfsdev=/sys/bus/mdev/devices/UUID`, or of the same device by its path below the parent. */
function mdevOf(device: string): string | undefined {
  return /\/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})(?=[",]|$)/.exec(device.toLowerCase())?.[1];
}

/** QEMU takes host=65:00.0 for domain 0. */
function withDomain(device: string): string {
  return device.replace(/(host=|"host":")([0-9a-f]{2}:[0-9a-f]{2}\.[0-7])/, "$10000:$2");
}

/** Lines of libvirt's status files: name, uuid and the source addresses of hostdevs; of a mediated device that is its UUID. */
function parseDomains(text: string): Found[] {
  const all: Found[] = [];
  for (const line of linesOf(text)) {
    if (line === "guest") all.push({ name: "", uuid: "", devices: new Set(), mdevs: new Set() });
    const guest = all.at(-1);
    if (guest === undefined) continue;
    guest.name ||= /<name>([^<]*)<\/name>/.exec(line)?.[1] ?? "";
    guest.uuid ||= (/<uuid>([^<]*)<\/uuid>/.exec(line)?.[1] ?? "").toLowerCase();
    const mdev = /<address uuid=['"]([0-9a-fA-F-]{36})['"]/.exec(line)?.[1];
    if (mdev !== undefined) guest.mdevs.add(mdev.toLowerCase());
    const [domain, bus, slot, fn] = ["domain", "bus", "slot", "function"].map((key) => Number.parseInt(new RegExp(`${key}=['"]0x([0-9a-f]+)['"]`).exec(line)?.[1] ?? "", 16));
    if ([domain, bus, slot, fn].every((part) => part !== undefined && !Number.isNaN(part))) {
      guest.devices.add(printPciAddress({ domain: domain ?? 0, bus: bus ?? 0, device: slot ?? 0, function: fn ?? 0 }));
    }
  }
  return all;
}
