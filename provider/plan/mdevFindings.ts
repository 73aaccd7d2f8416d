import type { HostFacts, MdevParent } from "../facts/hostFacts";
import { nearest } from "../facts/nearest";
import { known } from "../facts/reading";
import type { Finding } from "../readiness/finding";
import { addressesOf, finding } from "./mdevFinding";
import { foreignFiles } from "./foreignFiles";
import { noParentRemedy } from "./mdevAbsent";
import { mdevBootPaths } from "./mdevBoot";
import { capacityOf, devicesOf, parentAt, parentsOf, typeAt, type MediatedDevicesDesired } from "./mdevWishes";

/** What the host itself has against it: no such parent, no such type, none to be had, or not read. */
export function mdevFindings(facts: HostFacts, desired: MediatedDevicesDesired): Finding[] {
  const wishes = [
    ...desired.types.flatMap(({ type, parents }) => parents.map((parent) => ({ type, parent }))),
    ...desired.devices.map(({ type, parent }) => ({ type, parent })),
  ];
  const unique = [...new Map(wishes.map((wish) => [`${wish.parent} ${wish.type}`, wish])).values()];
  const unread = notRead(facts);
  if (unread.length > 0) return unread;
  return [...(desired.devices.length === 0 ? [] : foreignFiles(facts, mdevBootPaths)), ...unique.flatMap(({ type, parent }) => typeFindings(facts, parent, type)), ...deviceFindings(facts, desired)];
}

function notRead(facts: HostFacts): Finding[] {
  const { mdev } = facts;
  const reason = mdev === undefined ? "it was not asked" : mdev.parents.kind === "unreadable" ? mdev.parents.reason : mdev.devices.kind === "unreadable" ? mdev.devices.reason : undefined;
  return reason === undefined ? [] : [finding("mdev-not-read", "refuse", `What this host has of mediated devices could not be read: ${reason}.`, "Read the host as root, then preview again.")];
}

function typeFindings(facts: HostFacts, name: string, type: string): Finding[] {
  const parent = parentAt(facts, name);
  if (parent === undefined) {
    const others = parentsOf(facts).map((one) => one.name);
    const there = others.length === 0 ? "" : ` There are ${others.join(", ")}.`;
    return [finding("no-mdev-parent", "refuse", `${name} makes no mediated devices on this host.${there}`, noParentRemedy(facts, name), addressesOf(facts, name))];
  }
  if (parent.types.kind === "unreadable") return [finding("mdev-not-read", "refuse", `The types of ${name} could not be read: ${parent.types.reason}.`, "Read the host as root, then preview again.", addressesOf(facts, name))];
  const found = typeAt(facts, name, type);
  if (found === undefined) return [unknownType(facts, parent, type)];
  if (capacityOf(found) === undefined) return [finding("mdev-not-read", "refuse", `How many ${type} ${name} can make could not be read.`, "Read the host as root, then preview again.", addressesOf(facts, name))];
  return capacityOf(found) === 0 ? [noneLeft(facts, parent, type)] : [];
}

function unknownType(facts: HostFacts, parent: MdevParent, type: string): Finding {
  const types = known(parent.types) ?? [];
  const meant = nearest(type, types.map(({ id }) => id));
  const offers = types.length === 0 ? "It offers none." : `It offers ${types.map(({ id, name }) => (known(name) === undefined ? id : `${id} (${known(name) ?? ""})`)).join(", ")}.`;
  return finding("no-mdev-type", "refuse", `${parent.name} has no type ${type}.`, `${meant === undefined ? "" : `Did you mean "${meant}"? `}${offers}`, addressesOf(facts, parent.name));
}

/** One type at a time on most cards: as soon as one is made, the driver offers none of the others. */
function noneLeft(facts: HostFacts, parent: MdevParent, type: string): Finding {
  const taken = (known(parent.types) ?? []).filter(({ id, devices }) => id !== type && (known(devices) ?? []).length > 0);
  const why = taken.length === 0 ? "The driver says so, and no device of another type is there: the card may be in another mode, or full."
    : `Another type is in use there: ${taken.map(({ id, devices }) => `${id} (${(known(devices) ?? []).join(", ")})`).join(", ")}.`;
  return finding("mdev-no-instances", "refuse", `${parent.name} can make no ${type}. ${why}`, "Name the type that is in use, or take its devices away first (a guest's when the guest is gone).", addressesOf(facts, parent.name));
}

/** Devices of the wish against those there are. */
function deviceFindings(facts: HostFacts, desired: MediatedDevicesDesired): Finding[] {
  const missing = new Map<string, string[]>();
  const other = desired.devices.flatMap(({ uuid, parent, type }): Finding[] => {
    const there = devicesOf(facts).find((device) => device.uuid === uuid);
    if (there === undefined) {
      missing.set(`${parent} ${type}`, [...(missing.get(`${parent} ${type}`) ?? []), uuid]);
      return [];
    }
    if (known(there.parent) === parent && known(there.type) === type) return [];
    return [finding("mdev-is-another", "refuse", `${uuid} is there as ${known(there.type) ?? "an unknown type"} of ${known(there.parent) ?? "an unknown parent"}, not as ${type} of ${parent}.`, "Give the wish another UUID, or take that device away first.", addressesOf(facts, parent))];
  });
  const few = [...missing].flatMap(([key, uuids]): Finding[] => {
    const [parent = "", type = ""] = [key.slice(0, key.lastIndexOf(" ")), key.slice(key.lastIndexOf(" ") + 1)];
    const free = known(typeAt(facts, parent, type)?.availableInstances ?? { kind: "absent" });
    if (free === undefined || free >= uuids.length) return [];
    return [finding("mdev-no-instances", "refuse", `${parent} can make ${free} more of ${type}, and ${uuids.length} are asked for: ${uuids.join(", ")}.`, "Ask for fewer, or for a smaller type.", addressesOf(facts, parent))];
  });
  return [...other, ...few];
}
