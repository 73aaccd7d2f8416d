import type { HostFacts, NovaService } from "../facts/hostFacts";
import { parseDeviceSpec, matchedDevices } from "../facts/nova/deviceSpec";
import { effectiveNovaConfiguration } from "../facts/nova/effective";
import { deviceSpecKeys, releaseName } from "../facts/nova/release";
import { known } from "../facts/reading";
import type { Finding } from "../readiness/finding";
import { judgeAliases } from "../readiness/nova/alias";
import { judgeDeviceSpec } from "../readiness/nova/deviceSpec";
import { novaRelease } from "../readiness/nova/report";
import type { CloudSeen } from "./cloudHost";
import { novaDropInText, type NovaAssignment } from "./novaDropIn";
import { foreignManagers } from "./novaManagers";
import { providerOf } from "./novaExposure";
import { addressOf, type NamedDevice, type NovaPciDesired } from "./novaWishes";

/** What the findings look at beside the facts. */
export interface NovaPciPlanned {
  readonly cards: readonly NamedDevice[];
  readonly service: NovaService | undefined;
  readonly path: string;
  readonly wanted: readonly NovaAssignment[];
  readonly now: readonly NovaAssignment[] | undefined;
  readonly seen: CloudSeen | undefined;
}

export function novaPciFindings(facts: HostFacts, desired: NovaPciDesired, planned: NovaPciPlanned): Finding[] {
  return [
    ...missingCards(facts, desired),
    ...foreignManagers(facts, planned.wanted),
    ...unreadFiles(facts, planned),
    ...effectFindings(facts, desired, planned),
    ...valueFindings(facts, planned),
    ...goneInUse(facts, planned),
    ...changedInUse(facts, planned),
  ];
}

const finding = (rule: string, severity: Finding["severity"], says: string, remedy: string, addresses: readonly string[] = []): Finding => ({ rule, severity, addresses: [...addresses], says, remedy });

function missingCards(facts: HostFacts, desired: NovaPciDesired): Finding[] {
  return desired.deviceSpecs.filter(({ address }) => !facts.pciDevices.some((device) => device.address === address))
    .map(({ address }) => finding("no-device", "refuse", `There is no PCI function ${address} on this host.`, "Look at `gpuhost inspect` for where the card is now, and name it there; or take it out of `deviceSpecs`.", [address]));
}

/** A file that counts and that nobody could read may say anything. */
export function unreadFiles(facts: HostFacts, { service }: Pick<NovaPciPlanned, "service">): Finding[] {
  const { notRead, faults } = effectiveNovaConfiguration(facts.nova, service ?? "nova-compute");
  const unread = notRead.filter(({ path }) => facts.nova.unreadableFiles?.has(path));
  return [
    ...unread.map(({ path, reason }) => finding("nova-not-read", "refuse", `${path}, which nova-compute reads, could not be read: ${reason}. What it tells Nova of PCI devices is not known.`, "Connect as root, or as a user who may use sudo.")),
    ...faults.map(({ file, line, says }) => finding("nova-file-broken", "refuse", `nova-compute does not start with ${file}: line ${line}: ${says}.`, "Mend that line first: nova-compute would not come back from the restart.")),
  ];
}

/** The configuration as it would be with our file: is it read at all, and does what it says count? */
function effectFindings(facts: HostFacts, desired: NovaPciDesired, { service, path, wanted }: NovaPciPlanned): Finding[] {
  if (wanted.length === 0) return [];
  const then = effectiveNovaConfiguration({ ...facts.nova, files: new Map(facts.nova.files).set(path, novaDropInText(wanted)) }, service ?? "nova-compute");
  if (!then.files.some((file) => file.path === path)) {
    return [finding("drop-in-not-read", "refuse", `nova-compute, as it is started, would not read ${path}.`, "Let its command line name the directory (--config-dir), or start it without --config-dir.")];
  }
  const loses = desired.reportInPlacement === true && then.reportInPlacement.value !== true;
  const elsewhere = then.deviceSpec.filter(({ file }) => file !== path);
  const twice = elsewhere.flatMap(({ value, file }) => {
    const specs = parseDeviceSpec(value);
    const taken = typeof specs === "string" ? [] : specs.flatMap((spec) => matchedDevices(spec, facts.pciDevices)).map(({ address }) => address);
    return desired.deviceSpecs.filter(({ address }) => taken.includes(address)).map(({ address }) =>
      finding("also-in-another-file", "warn", `${file} offers ${address} too (${value}). Nova adds the files up and takes the first entry that fits, and ours does not take it away.`, "Take the entry out of that file.", [address]));
  });
  const old = [...then.deviceSpec, ...then.alias].filter(({ name }) => name.name !== "device_spec" && name.name !== "alias");
  return [
    ...(loses ? [finding("option-overruled", "refuse", `report_in_placement in ${path} would not count: ${then.reportInPlacement.file ?? "another file"} is read after it and says ${then.reportInPlacement.given.at(-1)?.value ?? "otherwise"}.`, "Take it out of that file.")] : []),
    ...twice,
    ...[...new Map(old.map((one) => [`${one.file} ${one.name.name}`, one])).values()].map(({ file, name }) =>
      finding("deprecated-option", "warn", `${file} uses [${name.group}]${name.name}, an old name that Nova still reads and adds up with the new one.`, "Move what it says to device_spec and alias.")),
  ];
}

/** Every value of ours, judged as Nova of this release would take it; what it would swallow without effect is an error here. */
function valueFindings(facts: HostFacts, { service, path, wanted, cards }: NovaPciPlanned): Finding[] {
  const release = novaRelease(facts.nova, service);
  const now = effectiveNovaConfiguration(facts.nova, service ?? "nova-compute");
  const reportInPlacement = now.reportInPlacement.value === true || wanted.some(({ key }) => key === "report_in_placement");
  const specs = wanted.filter(({ key }) => key === "device_spec").flatMap(({ value }, at) => {
    const address = cards[at]?.spec.address;
    const late = Object.keys(JSON.parse(value) as object).find((key) => (deviceSpecKeys.get(key) ?? 0) > release.major);
    if (late !== undefined) return [finding("tag-too-new", "refuse", `${late} does nothing in ${releaseName(release)}: it came with release ${deviceSpecKeys.get(late)}.`, "Leave it out, or upgrade Nova first.", address === undefined ? [] : [address])];
    const { verdict, why } = judgeDeviceSpec(value, release, { reportInPlacement }, facts);
    if (verdict === "accept") return [];
    return [finding("device-spec", verdict === "reject" ? "refuse" : "warn", why, "Change the card's entry in `deviceSpecs`.", address === undefined ? [] : [address])];
  });
  const others = now.alias.filter(({ file }) => file !== path).map(({ value }) => value);
  const ours = wanted.filter(({ key }) => key === "alias").map(({ value }) => value);
  const aliases = judgeAliases([...others, ...ours], release, now.pciInPlacement.value === true, facts).slice(others.length).flatMap(({ verdict, why }) =>
    (verdict === "accept" ? [] : [finding("alias", verdict === "reject" ? "refuse" : "warn", why, "Change the entry in `aliases`, or the other file.")]));
  return [...specs, ...aliases];
}

/** A device_spec that a guest depends on stays: Nova would keep the allocation and lose the entry it belongs to. */
function goneInUse(facts: HostFacts, { now, wanted, seen }: NovaPciPlanned): Finding[] {
  const stay = specsOf(wanted);
  return stillInUse(facts, seen, [...specsOf(now ?? []).keys()].filter((address) => !stay.has(address)));
}

/**
 * An entry that a guest depends on keeps class and traits. Placement does not let go of a class that something is allocated of (409 InventoryInUse), which
 * nova-compute takes for a reason not to start (nova/compute/resource_tracker.py, _update_to_placement); other traits would be those of another card
 * than the guest asked for.
 */
function changedInUse(facts: HostFacts, { now, wanted, seen }: NovaPciPlanned): Finding[] {
  const wish = specsOf(wanted);
  return [...specsOf(now ?? [])].flatMap(([address, value]) => {
    const next = wish.get(address);
    if (next === undefined) return [];
    const changes = (["resource_class", "traits"] as const).flatMap((key) => {
      const [from, to] = [value, next].map((of) => tagOf(of, key));
      return from === to ? [] : [`${key} from ${from ?? "none"} to ${to ?? "none"}`];
    });
    return changes.length === 0 ? [] : stillInUse(facts, seen, [address], `and its device_spec would change ${changes.join(" and ")}, which Nova and Placement do not do under a guest`);
  });
}

/** The entries of a drop-in of ours by the address they name. */
function specsOf(assignments: readonly NovaAssignment[]): ReadonlyMap<string, string> {
  return new Map(assignments.flatMap(({ key, value }): [string, string][] => {
    const address = key === "device_spec" ? addressOf(value) : undefined;
    return address === undefined ? [] : [[address, value]];
  }));
}

/** A tag of a device_spec; traits in an order of their own. */
function tagOf(value: string, key: "resource_class" | "traits"): string | undefined {
  const specs = parseDeviceSpec(value);
  const tag = typeof specs === "string" ? undefined : specs[0]?.written[key];
  return typeof tag === "string" ? tag.split(",").map((each) => each.trim()).sort().join(",") : undefined;
}

/** Cards that a guest holds; `more` says what would happen to them, where it is not that they go. */
export function stillInUse(facts: HostFacts, seen: CloudSeen | undefined, addresses: readonly string[], more = "and Nova would keep what is allocated of it and no longer know the card"): Finding[] {
  return addresses.flatMap((address) => {
    const servers = (seen?.facts.servers ?? []).filter((server) => server.pciAddresses.includes(address)).map(({ id, name }) => `server ${name} (${id})`);
    const allocated = seen === undefined ? [] : (providerOf(seen, address)?.allocations ?? []).map(({ consumer }) => consumer).filter((id) => !servers.some((text) => text.includes(id))).map((id) => `consumer ${id} in Placement`);
    const guests = (known(facts.guests) ?? []).filter(({ devices }) => devices.includes(address)).map(({ uuid, name }) => `guest ${name} (${uuid})`);
    const users = [...servers, ...allocated, ...(servers.length > 0 ? [] : guests)];
    if (users.length === 0) return [];
    return [finding("device-in-use", "refuse", `${address} is in use by ${users.join(", ")}, ${more}.`, "Delete or move it first; the card stays offered as it is until then.", [address])];
  });
}
