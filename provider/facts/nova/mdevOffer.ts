import { mdevSince, type NovaMdevOptions, type NovaMdevSection } from "./mdevOptions";
import type { NovaRelease } from "./release";

/** What nova-compute would do with its options about mediated devices. */
export interface NovaMdevOffer {
  /** Why it does not start. */
  readonly fault?: string;
  /** By the parent as the files name it: an address, or "mtty_mtty" for /sys/devices/virtual/mtty/mtty. */
  readonly byParent: ReadonlyMap<string, OfferedMdevType>;
  /** What every other parent gives that has the type; undefined: nothing. */
  readonly others: string | undefined;
  /** Types that are enabled and come to nothing. */
  readonly unused: readonly string[];
}

export interface OfferedMdevType {
  readonly type: string;
  readonly resourceClass: string;
}

/** nova/virt/libvirt/driver.py, _get_supported_vgpu_types, as each release has it: sections one after the other, and the first fault ends it. */
export function novaMdevOffer({ sections }: NovaMdevOptions, release: NovaRelease): NovaMdevOffer {
  const old = release.major < mdevSince.alwaysSections;
  const byParent = new Map<string, OfferedMdevType>();
  const open: string[] = [];
  const first = { byParent: new Map<string, OfferedMdevType>(), others: sections[0]?.type, unused: sections.slice(1).map(({ type }) => type) };
  // One type: the section is not even looked at.
  if (old && sections.length <= 1) return first;
  for (const section of sections) {
    const { type, deviceAddresses } = section;
    const addresses = deviceAddresses.value ?? [];
    // One section without addresses, and only the first type counts, for every parent.
    if (old && addresses.length === 0) return first;
    if (addresses.length === 0) open.push(type);
    const twice = addresses.find((parent, at) => byParent.has(parent) || addresses.indexOf(parent) !== at);
    const fault = sectionFault(section, release) ?? (twice === undefined ? undefined : `the parent ${twice} is named for two types, or twice`);
    if (fault !== undefined) return { fault, byParent, others: open[0], unused: open.slice(1) };
    for (const parent of addresses) byParent.set(parent, { type, resourceClass: section.mdevClass.value ?? "VGPU" });
  }
  return { byParent, others: open[0], unused: open.slice(1) };
}

/** oslo.config refuses these when Nova first looks at them. */
function sectionFault({ type, mdevClass, maxInstances }: NovaMdevSection, { major }: NovaRelease): string | undefined {
  const name = mdevClass.given.at(-1)?.value;
  if (name !== undefined && !/^(VGPU|CUSTOM_[A-Z0-9_]+)$/.test(name)) return `[mdev_${type}]mdev_class is ${JSON.stringify(name)}, which is neither VGPU nor a name with CUSTOM_`;
  const most = maxInstances.given.at(-1)?.value;
  if (major >= mdevSince.maxInstances && most !== undefined && (maxInstances.value === undefined || maxInstances.value < 1)) return `[mdev_${type}]max_instances is ${JSON.stringify(most)}, which is no number from 1 on`;
  return undefined;
}
