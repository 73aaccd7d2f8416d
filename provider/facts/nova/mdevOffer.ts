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

/** nova/virt/libvirt/driver.py, _get_supported_vgpu_types, as each release has it. */
export function novaMdevOffer(options: NovaMdevOptions, release: NovaRelease): NovaMdevOffer {
  const fault = options.sections.map(sectionFault).find((of) => of !== undefined);
  const { byParent, twice } = mapped(options.sections);
  const [first] = options.sections;
  const open = options.sections.filter(({ deviceAddresses }) => (deviceAddresses.value ?? []).length === 0);
  const nothing = { byParent: new Map<string, OfferedMdevType>(), others: first?.type, unused: options.sections.slice(1).map(({ type }) => type) };
  if (release.major < mdevSince.alwaysSections) {
    // One type: the section is not even looked at. Several: one section without addresses, and only the first type counts, for every parent.
    if (options.sections.length <= 1) return nothing;
    if (open.length > 0) return { ...nothing, ...(fault === undefined ? {} : { fault }) };
  }
  const why = fault ?? (twice === undefined ? undefined : `the parent ${twice} is named for two types`);
  return { ...(why === undefined ? {} : { fault: why }), byParent, others: open[0]?.type, unused: open.slice(1).map(({ type }) => type) };
}

/** oslo.config refuses these when Nova first looks at them. */
function sectionFault({ type, mdevClass, maxInstances }: NovaMdevSection): string | undefined {
  const name = mdevClass.given.at(-1)?.value;
  if (name !== undefined && !/^(VGPU|CUSTOM_[A-Z0-9_]+)$/.test(name.trim())) return `[mdev_${type}]mdev_class is ${JSON.stringify(name)}, which is neither VGPU nor a name with CUSTOM_`;
  const most = maxInstances.given.at(-1)?.value;
  if (most !== undefined && (maxInstances.value === undefined || maxInstances.value < 1)) return `[mdev_${type}]max_instances is ${JSON.stringify(most)}, which is no number from 1 on`;
  return undefined;
}

function mapped(sections: readonly NovaMdevSection[]): { readonly byParent: ReadonlyMap<string, OfferedMdevType>; readonly twice: string | undefined } {
  const byParent = new Map<string, OfferedMdevType>();
  let twice: string | undefined;
  for (const { type, deviceAddresses, mdevClass } of sections) {
    for (const parent of deviceAddresses.value ?? []) {
      if (byParent.has(parent)) twice ??= parent;
      else byParent.set(parent, { type, resourceClass: mdevClass.value ?? "VGPU" });
    }
  }
  return { byParent, twice };
}
