import type { Guest } from "./hostFacts";
import type { MdevDevice, MdevFacts, MdevParent, MdevType, OurMdev } from "./mdevTypes";
import { comparePciAddresses, isPciAddress } from "./pciAddress";
import { absent, known, mapReading, unreadable, value, type Reading } from "./reading";
import type { Snapshot } from "./snapshot";
import { flag, integer, lastSegment, linesOf, malformed, nonEmpty } from "./values";

const bus = "/sys/class/mdev_bus";
const journal = "/var/lib/gpuhost/mdevs";
const mediated = "/sys/bus/mdev/devices";

/** Throws MalformedFactError for a UUID, a number or a parameter that the kernel would not print so. */
export function mdevFacts(snapshot: Snapshot, guests: Reading<readonly Guest[]>, userId: Reading<number>): MdevFacts {
  return {
    parents: mapReading(listed(snapshot, bus), (names) => names.map((name) => mdevParent(snapshot, name)).sort((a, b) => comparePciAddresses(a.name, b.name))),
    devices: mapReading(snapshot.list(mediated), (names) => names.map((uuid) => mdevDevice(snapshot, uuid, holdersOf(snapshot, guests, userId)))),
    vendorVfio: (known(snapshot.list("/sys/bus/pci/devices")) ?? []).filter((address) => snapshot.list(`/sys/bus/pci/devices/${address}/nvidia`).kind === "value"),
    ours: (known(snapshot.list(journal)) ?? []).flatMap((uuid) => ourMdev(snapshot, uuid)),
    gvt: enableGvt(snapshot),
  };
}

/** A recording that is older than this reading shows that the directory was there, and not what lay in it. */
function listed(snapshot: Snapshot, directory: string): Reading<readonly string[]> {
  const names = snapshot.list(directory);
  const above = known(snapshot.list("/sys/class")) ?? [];
  return names.kind === "absent" && above.includes(lastSegment(directory)) ? unreadable("it was not read") : names;
}

function enableGvt(snapshot: Snapshot): Reading<boolean> {
  const path = "/sys/module/i915/parameters/enable_gvt";
  return flag(snapshot.text(path), path);
}

function mdevParent(snapshot: Snapshot, name: string): MdevParent {
  const place = snapshot.link(`${bus}/${name}`);
  const own = place.kind === "value" ? lastSegment(place.value) : name;
  const address = isPciAddress(own) ? value(own) : place.kind === "unreadable" ? place : absent;
  const root = `${bus}/${name}/mdev_supported_types`;
  const placed = mapReading(place, (target) => target.slice(target.indexOf("/devices/") + "/devices/".length));
  return { name, address, place: placed, types: mapReading(snapshot.list(root), (ids) => ids.map((id) => mdevType(snapshot, `${root}/${id}`))) };
}

/** A half-written entry (a power cut) shows in no list: nothing was made for it yet. */
function ourMdev(snapshot: Snapshot, uuid: string): OurMdev[] {
  const [owner, parent, type] = ["owner", "parent", "type"].map((field) => (known(snapshot.text(`${journal}/${uuid}/${field}`)) ?? "").trim());
  return owner === undefined || parent === undefined || type === undefined || type === "" ? [] : [{ uuid, owner, parent, type }];
}

function mdevType(snapshot: Snapshot, path: string): MdevType {
  const text = (attribute: string): Reading<string> => nonEmpty(snapshot.text(`${path}/${attribute}`));
  return {
    id: lastSegment(path), name: text("name"), description: text("description"), deviceApi: text("device_api"),
    availableInstances: integer(snapshot.text(`${path}/available_instances`), `${path}/available_instances`),
    devices: mapReading(snapshot.list(`${path}/devices`), (uuids) => uuids.map((uuid) => checked(`${path}/devices`, uuid))),
  };
}

function mdevDevice(snapshot: Snapshot, uuid: string, holders: (uuid: string, group: Reading<number>) => Reading<readonly string[]>): MdevDevice {
  const path = `${mediated}/${checked(mediated, uuid)}`;
  const last = (name: string): Reading<string> => mapReading(snapshot.link(name), lastSegment);
  const iommuGroup = integer(last(`${path}/iommu_group`), `${path}/iommu_group`);
  // The device lies in its parent's directory: .../PARENT/UUID.
  const parent = mapReading(snapshot.link(path), (target) => target.split("/").at(-2) ?? "");
  return { uuid, parent, type: last(`${path}/mdev_type`), iommuGroup, driver: last(`${path}/driver`), holders: holders(uuid, iommuGroup) };
}

/** Guests say which device they were given; a process that is no guest of theirs is known by the group node that it has open. */
function holdersOf(snapshot: Snapshot, guests: Reading<readonly Guest[]>, userId: Reading<number>): (uuid: string, group: Reading<number>) => Reading<readonly string[]> {
  const processes = snapshot.answer("holders");
  const isRoot = known(userId) === 0;
  return (uuid, group) => {
    if (guests.kind === "unreadable") return guests;
    if (processes.kind !== "value" || !isRoot) return unreadable("only root sees the processes of all users");
    const named = (known(guests) ?? []).filter(({ mdevs = [] }) => mdevs.includes(uuid)).map((guest) => `guest ${guest.name === "" ? guest.uuid : guest.name}`);
    const own = (known(snapshot.list(`${mediated}/${uuid}/vfio-dev`)) ?? []).map((name) => `devices/${name}`);
    const nodes = [String(known(group) ?? ""), ...own].map((name) => `/dev/vfio/${name} `);
    const open = named.length > 0 ? [] : linesOf(processes.value).flatMap((line) => nodes.filter((node) => line.startsWith(node)).map((node) => line.slice(node.length)));
    return value([...new Set([...named, ...open])].sort());
  };
}

function checked(path: string, uuid: string): string {
  if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(uuid)) throw malformed(path, uuid, "a UUID");
  return uuid;
}
