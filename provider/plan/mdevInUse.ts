import type { HostFacts } from "../facts/hostFacts";
import { known } from "../facts/reading";
import type { Finding } from "../readiness/finding";
import type { CloudSeen } from "./cloudHost";
import { addressesOf, finding } from "./mdevFinding";
import { devicesOf, novaParentName, parentsOf, providerName } from "./mdevWishes";
import type { NovaAssignment } from "./novaDropIn";

/** One parent that a drop-in of ours names for a type. */
export interface NamedParent {
  readonly type: string;
  /** As Nova's files name it. */
  readonly parent: string;
  readonly resourceClass: string;
}

export function namedParents(assignments: readonly NovaAssignment[]): NamedParent[] {
  return assignments.filter(({ key }) => key === "device_addresses").flatMap(({ section, value }) => {
    const resourceClass = assignments.find((one) => one.section === section && one.key === "mdev_class")?.value ?? "VGPU";
    return value.split(",").map((parent) => ({ type: section.replace(/^(?:mdev|vgpu)_/, ""), parent: parent.trim(), resourceClass }));
  });
}

/** Parents that would lose their type or get another class. */
export function goneParents(now: readonly NovaAssignment[], wanted: readonly NovaAssignment[]): NamedParent[] {
  const stay = namedParents(wanted);
  return namedParents(now).filter((one) => !stay.some(({ type, parent, resourceClass }) => type === one.type && parent === one.parent && resourceClass === one.resourceClass));
}

/** Providers in Placement of parents that no wish names any more. */
export function goneProviders(facts: HostFacts, root: string | undefined, now: readonly NovaAssignment[], wanted: readonly NovaAssignment[]): string[] {
  const stay = namedParents(wanted);
  const names = namedParents(now).filter(({ parent }) => !stay.some((one) => one.parent === parent)).map(({ parent }) => parent);
  return root === undefined ? [] : names.map((name) => {
    const parent = parentsOf(facts).find((one) => novaParentName(one) === name);
    return parent === undefined ? `${root}_${/^[0-9a-f]{4}:/.test(name) ? `pci_${name.replace(/[:.]/g, "_")}` : name}` : providerName(root, parent);
  });
}

/**
 * What guests have of these parents keeps them: Nova would lose what a device belongs to, and Placement does not let go of a class that something is
 * allocated of (409 InventoryInUse), which nova-compute takes for a reason not to start.
 */
export function parentsInUse(facts: HostFacts, seen: CloudSeen | undefined, gone: readonly NamedParent[]): Finding[] {
  return gone.flatMap(({ type, parent: name }): Finding[] => {
    const parent = parentsOf(facts).find((one) => novaParentName(one) === name);
    const devices = parent === undefined ? [] : devicesOf(facts).filter((device) => known(device.parent) === parent.name && known(device.type) === type);
    const provider = parent === undefined || seen === undefined ? undefined : seen.facts.providers.find((one) => one.name === providerName(seen.root.name, parent));
    const held = devices.flatMap(({ uuid, holders }) => (known(holders) ?? []).map((who) => `${who} (device ${uuid})`));
    const allocated = (provider?.allocations ?? []).map(({ consumer }) => `consumer ${consumer} in Placement`);
    const unread = devices.filter(({ holders }) => holders.kind === "unreadable");
    const addresses = parent === undefined ? [] : addressesOf(facts, parent.name);
    if (held.length + allocated.length > 0) return [finding("device-in-use", "refuse", `${type} of ${name} is in use by ${[...held, ...allocated].join(", ")}.`, "Delete or move it first; the type stays offered until then.", addresses)];
    return unread.length === 0 ? [] : [finding("mdev-not-read", "refuse", `Whether a guest has ${unread.map(({ uuid }) => uuid).join(", ")} could not be read.`, "Read the host as root, then preview again.", addresses)];
  });
}

/** Devices of ours that would go. */
export function devicesInUse(facts: HostFacts, uuids: readonly string[]): Finding[] {
  return uuids.flatMap((uuid): Finding[] => {
    const device = devicesOf(facts).find((one) => one.uuid === uuid);
    if (device === undefined) return [];
    const addresses = addressesOf(facts, known(device.parent) ?? "");
    if (device.holders.kind === "unreadable") return [finding("mdev-not-read", "refuse", `Whether a guest has ${uuid} could not be read: ${device.holders.reason}.`, "Read the host as root, then preview again.", addresses)];
    const held = known(device.holders) ?? [];
    return held.length === 0 ? [] : [finding("device-in-use", "refuse", `The mediated device ${uuid} is in use by ${held.join(", ")}.`, "Stop the guest or take the device from it first; it stays until then.", addresses)];
  });
}
