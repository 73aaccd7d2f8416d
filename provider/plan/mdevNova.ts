import type { HostFacts } from "../facts/hostFacts";
import { mdevSince, novaMdevOptions, type NovaMdevOptions } from "../facts/nova/mdevOptions";
import { novaMdevOffer, type NovaMdevOffer } from "../facts/nova/mdevOffer";
import type { NovaRelease } from "../facts/nova/release";
import { novaRelease } from "../readiness/nova/report";
import { novaParentName, parentAt, type MdevTypeWish, type MediatedDevicesDesired } from "./mdevWishes";
import { novaCompute, novaDropInNow, novaDropInPath, novaDropInText, type NovaAssignment } from "./novaDropIn";

/** Nova's part of a plan, worked out once. */
export interface MdevNova {
  readonly path: string;
  readonly release: NovaRelease;
  readonly now: readonly NovaAssignment[] | undefined;
  readonly wanted: readonly NovaAssignment[];
  /** What Nova makes of its files as they are. */
  readonly offer: NovaMdevOffer;
  /** What it would make of them with ours; the same where ours stays as it is. */
  readonly then: NovaMdevOffer;
  /** max_instances by type as it would count, whichever file says so. */
  readonly limits: ReadonlyMap<string, number>;
}

export function mdevNova(facts: HostFacts, desired: MediatedDevicesDesired): MdevNova {
  const service = novaCompute(facts);
  const path = novaDropInPath(service, "nova-compute", "-mdev");
  const release = novaRelease(facts.nova, service);
  const wanted = wantedAssignments(facts, desired.types, release);
  const files = new Map(facts.nova.files);
  if (wanted.length > 0) files.set(path, novaDropInText(wanted));
  else files.delete(path);
  const [options, then] = [facts.nova.files, files].map((of) => novaMdevOptions({ ...facts.nova, files: of }, service ?? "nova-compute")) as [NovaMdevOptions, NovaMdevOptions];
  const limits = release.major < mdevSince.maxInstances ? [] : then.sections.flatMap(({ type, maxInstances }): [string, number][] => (maxInstances.value === undefined ? [] : [[type, maxInstances.value]]));
  return { path, release, now: novaDropInNow(facts, path), wanted, offer: novaMdevOffer(options, release), then: novaMdevOffer(then, release), limits: new Map(limits) };
}

/** Every parent is named for its type: what Nova would do with parents that nobody names differs from release to release. */
function wantedAssignments(facts: HostFacts, types: readonly MdevTypeWish[], release: NovaRelease): NovaAssignment[] {
  if (types.length === 0) return [];
  const old = release.major < mdevSince.mdevTypes;
  const prefix = old ? "vgpu" : "mdev";
  return [
    { section: "devices", key: old ? "enabled_vgpu_types" : "enabled_mdev_types", value: types.map(({ type }) => type).join(",") },
    ...types.flatMap(({ type, parents, resourceClass, maxInstances }): NovaAssignment[] => [
      { section: `${prefix}_${type}`, key: "device_addresses", value: parents.map((name) => nameInFiles(facts, name)).join(",") },
      ...(resourceClass === undefined ? [] : [{ section: `${prefix}_${type}`, key: "mdev_class", value: resourceClass } as const]),
      ...(maxInstances === undefined ? [] : [{ section: `${prefix}_${type}`, key: "max_instances", value: String(maxInstances) } as const]),
    ]),
  ];
}

/** A parent that is not there is refused elsewhere. */
export function nameInFiles(facts: HostFacts, name: string): string {
  const parent = parentAt(facts, name);
  return (parent === undefined ? undefined : novaParentName(parent)) ?? name;
}

/** Wishes that Nova does not carry out with these files: "nvidia-35 on 0000:65:00.0". */
export function notOffered(facts: HostFacts, types: readonly MdevTypeWish[], offer: NovaMdevOffer): string[] {
  return types.flatMap(({ type, parents, resourceClass = "VGPU" }) => parents.flatMap((name) => {
    const given = offer.byParent.get(nameInFiles(facts, name)) ?? (offer.others === undefined ? undefined : { type: offer.others, resourceClass: "VGPU" });
    return given?.type === type && given.resourceClass === resourceClass ? [] : [`${type} on ${name}`];
  }));
}
