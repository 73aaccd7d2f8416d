import type { CloudConnection } from "../facts/cloud/cloudConnection";
import type { HostFacts, MdevDevice, MdevParent, MdevType, OurMdev } from "../facts/hostFacts";
import { known } from "../facts/reading";

/** One type of mediated device that Nova may make for guests, and on which parents. */
export interface MdevTypeWish {
  /** "nvidia-35". */
  readonly type: string;
  /** Names of /sys/class/mdev_bus: PCI addresses, or "mtty" and the like. */
  readonly parents: readonly string[];
  /** mdev_class. Absent: VGPU. */
  readonly resourceClass?: string | undefined;
  readonly maxInstances?: number | undefined;
  /** Custom traits of each parent's provider in Placement. */
  readonly traits?: readonly string[] | undefined;
}

/** One mediated device that we make ourselves and make again at every boot. */
export interface MdevDeviceWish {
  readonly uuid: string;
  readonly type: string;
  readonly parent: string;
}

/** Where guests ask for a licence. */
export interface LicenceServer {
  readonly host: string;
  readonly port: number;
}

export interface MediatedDevicesDesired {
  readonly types: readonly MdevTypeWish[];
  readonly devices: readonly MdevDeviceWish[];
  /** Absent: no control plane is asked, and what Placement holds is not proven. */
  readonly cloud?: CloudConnection | undefined;
  readonly computeHost?: string | undefined;
  readonly licenceServer?: LicenceServer | undefined;
  readonly unit: string;
  /** Seconds that Nova has to be up again and Placement to show the parents. */
  readonly deadlineSeconds: number;
}

export const owner = "MediatedDevices";

export const parentsOf = (facts: HostFacts): readonly MdevParent[] => (facts.mdev === undefined ? [] : (known(facts.mdev.parents) ?? []));
export const devicesOf = (facts: HostFacts): readonly MdevDevice[] => (facts.mdev === undefined ? [] : (known(facts.mdev.devices) ?? []));
export const oursOf = (facts: HostFacts): readonly OurMdev[] => (facts.mdev?.ours ?? []).filter((one) => one.owner === owner);

export function parentAt(facts: HostFacts, name: string): MdevParent | undefined {
  return parentsOf(facts).find((parent) => parent.name === name);
}

export function typeAt(facts: HostFacts, parent: string, type: string): MdevType | undefined {
  const found = parentAt(facts, parent);
  return found === undefined ? undefined : (known(found.types) ?? []).find(({ id }) => id === type);
}

/** What Nova counts for a parent: those of the type there are, and those that could still be made. Undefined: not to be read. */
export function capacityOf(type: MdevType): number | undefined {
  const [there, free] = [known(type.devices), known(type.availableInstances)];
  return there === undefined || free === undefined ? undefined : there.length + free;
}

/** How Nova's files name a parent: a PCI address, or the path of a virtual device with "_" for "/". Undefined: it cannot. */
export function novaParentName(parent: MdevParent): string | undefined {
  const address = known(parent.address);
  if (address !== undefined) return address;
  const place = known(parent.place);
  return place?.startsWith("virtual/") === true ? place.slice("virtual/".length).replaceAll("/", "_") : undefined;
}

/** How Nova names the parent's provider in Placement, below the host's own: as libvirt names the device. */
export function providerName(root: string, parent: MdevParent): string {
  const address = known(parent.address);
  return `${root}_${address === undefined ? (novaParentName(parent) ?? parent.name) : `pci_${address.replace(/[:.]/g, "_")}`}`;
}
