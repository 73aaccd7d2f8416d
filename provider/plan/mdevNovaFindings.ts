import type { HostFacts } from "../facts/hostFacts";
import { mdevSince, novaMdevOptions } from "../facts/nova/mdevOptions";
import { releaseName } from "../facts/nova/release";
import { known } from "../facts/reading";
import type { Finding } from "../readiness/finding";
import { filesInOrder } from "../facts/nova/effective";
import { addressesOf, finding } from "./mdevFinding";
import { nameInFiles, notOffered, type MdevNova } from "./mdevNova";
import { capacityOf, novaParentName, parentAt, parentsOf, typeAt, type MdevTypeWish, type MediatedDevicesDesired } from "./mdevWishes";
import { novaCompute, novaDropInText } from "./novaDropIn";
import { exposedNow } from "./novaExposure";
import { unreadFiles } from "./novaPciFindings";
import { foreignManagers } from "./novaManagers";

/** What Nova's other files and its release have against it. */
export function mdevNovaFindings(facts: HostFacts, desired: MediatedDevicesDesired, nova: MdevNova): Finding[] {
  if (nova.wanted.length === 0) return foreignManagers(facts, []);
  const late = releaseFindings(facts, desired, nova);
  return [
    ...foreignManagers(facts, nova.wanted),
    ...unreadFiles(facts, { service: novaCompute(facts) }),
    ...late,
    ...fileFindings(facts, desired, nova, late.length > 0),
    ...desired.types.flatMap((wish) => countFindings(facts, wish, nova.limits.get(wish.type))),
    ...passedThrough(facts, desired),
  ];
}

/** What this release would swallow without effect, or not start with. */
function releaseFindings(facts: HostFacts, { types }: MediatedDevicesDesired, { release }: MdevNova): Finding[] {
  const since = (option: string, first: number): Finding =>
    finding("option-too-new", "refuse", `${option} does nothing in ${releaseName(release)}: it came with release ${first}.`, "Leave it out, or upgrade Nova first.");
  const { major } = release;
  const parents = types.flatMap(({ parents: names }) => names.flatMap((name) => parentAt(facts, name) ?? []));
  const virtual = parents.filter(({ address }) => known(address) === undefined);
  return [
    ...(types.some(({ resourceClass }) => resourceClass !== undefined) && major < mdevSince.mdevClass ? [since("mdev_class", mdevSince.mdevClass)] : []),
    ...(types.some(({ maxInstances }) => maxInstances !== undefined) && major < mdevSince.maxInstances ? [since("max_instances", mdevSince.maxInstances)] : []),
    ...(types.length === 1 && major < mdevSince.alwaysSections ? singleType(facts, types[0], releaseName(release)) : []),
    ...virtual.map((parent) => {
      const [name, novaName] = [parent.name, novaParentName(parent)];
      if (novaName === undefined) return finding("parent-not-for-nova", "refuse", `${name} is neither a PCI function nor a virtual device, and Nova takes no other parents.`, "Make its devices without Nova: `devices`.");
      if (major < mdevSince.virtualParents) return finding("parent-not-for-nova", "refuse", `${name} is no PCI function, and ${releaseName(release)} does not start with such a parent: that came with release ${mdevSince.virtualParents}.`, "Make its devices without Nova: `devices`.");
      return finding("parent-is-virtual", "warn", `${name} is no PCI function. Nova looks for it as ${novaName}, and libvirt lists virtual parents only where it knows them (mtty).`, "Use it for trying things out only.");
    }),
  ];
}

/** nova/virt/libvirt/driver.py before release 29: with one type no section is read at all. */
function singleType(facts: HostFacts, wish: MdevTypeWish | undefined, release: string): Finding[] {
  if (wish === undefined) return [];
  const { type, parents, resourceClass = "VGPU" } = wish;
  const more = parentsOf(facts).filter(({ name }) => !parents.includes(name) && typeAt(facts, name, type) !== undefined).map(({ name }) => name);
  const remedy = "Upgrade Nova, or enable a second type, which makes it read the sections.";
  return [
    ...(resourceClass === "VGPU" ? [] : [finding("single-type", "refuse", `${release} reads no section of a type when it is the only one: ${type} would count as VGPU, not as ${resourceClass}.`, remedy)]),
    ...(more.length === 0 ? [] : [finding("single-type", "refuse", `${release} reads no section of a type when it is the only one: it would offer ${type} of ${more.join(", ")} too.`, `Name ${more.length === 1 ? "that parent" : "those parents"} as well. ${remedy}`, more.flatMap((name) => addressesOf(facts, name)))]),
  ];
}

/** The files as they would be with ours. None of these options adds files up, so what another file says is lost, or makes ours lose. */
function fileFindings(facts: HostFacts, { types }: MediatedDevicesDesired, { path, wanted, offer, then, now }: MdevNova, isLate: boolean): Finding[] {
  const service = novaCompute(facts) ?? "nova-compute";
  const files = new Map(facts.nova.files).set(path, novaDropInText(wanted));
  const { order } = filesInOrder({ ...facts.nova, files }, service);
  if (!order.some((file) => file.path === path)) {
    return [finding("drop-in-not-read", "refuse", `nova-compute, as it is started, would not read ${path}.`, "Let its command line name the directory (--config-dir), or start it without --config-dir.")];
  }
  const others = new Map([...facts.nova.files].filter(([file]) => file !== path));
  const elsewhere = novaMdevOptions({ ...facts.nova, files: others }, service);
  const lost = (elsewhere.enabledTypes.value ?? []).filter((type) => !types.some((wish) => wish.type === type));
  // Where the release itself is to blame, no file is.
  const overruled = then.fault === undefined && !isLate ? notOffered(facts, types, then) : [];
  const wished = new Set(types.flatMap(({ parents }) => parents.map((name) => nameInFiles(facts, name))));
  const beside = [...then.byParent].filter(([parent]) => !wished.has(parent)).map(([parent, { type }]) => `${type} on ${parent}`);
  const options = novaMdevOptions({ ...facts.nova, files }, service);
  const old = [...elsewhere.deprecated, ...options.deprecated].filter(({ file }) => file !== path);
  return [
    ...(lost.length === 0 ? [] : [finding("types-lost", "refuse", `${elsewhere.enabledTypes.file ?? "Another file"} enables ${lost.join(", ")}, and of this option the file that is read last counts whole: ours would take ${lost.length === 1 ? "it" : "them"} away.`, "Name them in `types` too, or take the option out of that file.")]),
    ...(overruled.length === 0 && beside.length === 0 ? [] : [finding("option-overruled", "refuse", `${path} would not count as it stands: ${[...overruled.map((one) => `${one} would not be offered`), ...beside.map((one) => `${one} would be offered beside it`)].join("; ")}. ${lastWord(options, path)}`, "Take the sections of these types out of that file.")]),
    ...(then.fault === undefined ? [] : [finding("nova-does-not-start", "refuse", `nova-compute would not start: ${then.fault}.`, offer.fault === then.fault && now === undefined ? "It does not start as it is, either: mend that first." : "Change the wish, or the file that says so.")]),
    ...[...new Map(old.map((one) => [`${one.file} ${one.name.group} ${one.name.name}`, one])).values()].map(({ file, name }) =>
      finding("deprecated-option", "warn", `${file} uses [${name.group}]${name.name}, an old name that Nova still reads.`, "Move what it says to the present name, or take it out.")),
  ];
}

function lastWord({ enabledTypes, sections }: ReturnType<typeof novaMdevOptions>, path: string): string {
  const files = [enabledTypes.file, ...sections.flatMap(({ deviceAddresses, mdevClass }) => [deviceAddresses.file, mdevClass.file])].filter((file) => file !== undefined && file !== path);
  return files.length === 0 ? "" : `${[...new Set(files)].join(", ")} is read after it, or says what it leaves open.`;
}

/** Nova leaves out whole parents, not part of what one can make, where max_instances is smaller than they are together. */
function countFindings(facts: HostFacts, { type, parents, maxInstances }: MdevTypeWish, limit: number | undefined): Finding[] {
  if (limit === undefined) return [];
  const counts = parents.map((name) => {
    const found = typeAt(facts, name, type);
    return found === undefined ? 0 : (capacityOf(found) ?? 0);
  });
  const all = counts.reduce((sum, count) => sum + count, 0);
  if (all <= limit) return [];
  const none = counts.every((count) => count > limit);
  return [finding("max-instances", none ? "refuse" : "warn",
    `max_instances of ${type} is ${limit}${maxInstances === undefined ? " by another file" : ""}, and its parents can make ${all}: Nova takes no part of a parent, so ${none ? "it would offer nothing at all" : "it leaves out as many parents as it takes, and which ones is not said"}.`,
    "Name fewer parents, or leave max_instances out.")];
}

/** One card for two uses: Nova would give it away whole, and with it the devices of other guests. */
function passedThrough(facts: HostFacts, { types }: MediatedDevicesDesired): Finding[] {
  const addresses = types.flatMap(({ parents }) => parents.flatMap((name) => addressesOf(facts, name)));
  return [...exposedNow(facts, addresses)].map((address) =>
    finding("also-passed-through", "refuse", `A device_spec of this host offers ${address} whole.`, "Offer it one way or the other: take it out of device_spec (NovaPci), or out of `types`.", [address]));
}
