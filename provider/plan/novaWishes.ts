import type { HostFacts, PciDevice } from "../facts/hostFacts";
import { deviceTypes, numaPolicies, type DeviceType, type NumaPolicy } from "../facts/nova/alias";
import { known } from "../facts/reading";
import { deviceTypeOf } from "../readiness/nova/alias";
import type { CloudConnection } from "../facts/cloud/cloudConnection";
import type { IommuVerificationDesired } from "./iommuVerification";
import type { NovaAssignment } from "./novaDropIn";

export { deviceTypes, numaPolicies };

/** One card that Nova may give to guests: always one exact address, ids as they were found there. */
export interface DeviceSpecWish {
  readonly address: string;
  readonly resourceClass?: string | undefined;
  readonly traits?: readonly string[] | undefined;
  readonly physicalNetwork?: string | undefined;
  readonly trusted?: boolean | undefined;
  readonly remoteManaged?: boolean | undefined;
  readonly managed?: boolean | undefined;
  readonly liveMigratable?: boolean | undefined;
  readonly oneTimeUse?: boolean | undefined;
}

/** One name that flavors ask for. Ids and type are those of the card it is made from where they are left out. */
export interface AliasWish {
  readonly name: string;
  readonly vendorId?: string | undefined;
  readonly productId?: string | undefined;
  readonly deviceType?: DeviceType | undefined;
  readonly numaPolicy?: NumaPolicy | undefined;
  readonly resourceClass?: string | undefined;
  readonly traits?: readonly string[] | undefined;
  readonly liveMigratable?: boolean | undefined;
}

export interface NovaPciDesired {
  readonly cloud: CloudConnection;
  readonly computeHost?: string | undefined;
  readonly deviceSpecs: readonly DeviceSpecWish[];
  readonly aliases: readonly AliasWish[];
  /** Turned on by name only: Nova cannot turn it off again on a host. Absent: left as it is. */
  readonly reportInPlacement?: true | undefined;
  /** Cards that must be proven before Nova learns of them, and how they are judged. */
  readonly verification: IommuVerificationDesired;
  readonly unit: string;
  /** Seconds that Nova has to be up again and Placement to show the cards. */
  readonly deadlineSeconds: number;
}

/** A card that is named and there. */
export interface NamedDevice {
  readonly spec: DeviceSpecWish;
  readonly device: PciDevice;
}

export function deviceAt(facts: HostFacts, address: string): PciDevice | undefined {
  return facts.pciDevices.find((device) => device.address === address);
}

const yes = (of: boolean): string => (of ? "yes" : "no");

/** The value of `device_spec`: the same wish and card give the same text. */
export function deviceSpecValue(wish: DeviceSpecWish, device: PciDevice): string {
  return JSON.stringify({
    vendor_id: known(device.vendor), product_id: known(device.device), address: wish.address,
    ...(wish.resourceClass === undefined ? {} : { resource_class: wish.resourceClass }),
    ...(wish.traits === undefined ? {} : { traits: wish.traits.join(",") }),
    ...(wish.physicalNetwork === undefined ? {} : { physical_network: wish.physicalNetwork }),
    ...(wish.trusted === undefined ? {} : { trusted: String(wish.trusted) }),
    ...(wish.remoteManaged === undefined ? {} : { remote_managed: String(wish.remoteManaged) }),
    ...(wish.managed === undefined ? {} : { managed: yes(wish.managed) }),
    ...(wish.liveMigratable === undefined ? {} : { live_migratable: yes(wish.liveMigratable) }),
    ...(wish.oneTimeUse === undefined ? {} : { one_time_use: yes(wish.oneTimeUse) }),
  });
}

/** The value of `alias`; `card` gives what the wish leaves out. */
export function aliasValue(wish: AliasWish, card: PciDevice | undefined): string {
  const byClass = wish.resourceClass !== undefined && wish.vendorId === undefined;
  const vendor = wish.vendorId ?? (byClass || card === undefined ? undefined : known(card.vendor));
  const product = wish.productId ?? (byClass || card === undefined ? undefined : known(card.device));
  const type = wish.deviceType ?? (card === undefined ? undefined : deviceTypeOf(card));
  return JSON.stringify({
    name: wish.name,
    ...(vendor === undefined ? {} : { vendor_id: vendor }),
    ...(product === undefined ? {} : { product_id: product }),
    ...(type === undefined ? {} : { device_type: type }),
    ...(wish.numaPolicy === undefined ? {} : { numa_policy: wish.numaPolicy }),
    ...(wish.resourceClass === undefined ? {} : { resource_class: wish.resourceClass }),
    ...(wish.traits === undefined ? {} : { traits: wish.traits.join(",") }),
    ...(wish.liveMigratable === undefined ? {} : { live_migratable: yes(wish.liveMigratable) }),
  });
}

/** The card an alias speaks of: the first of those named that fits what it says. */
export function cardOf(wish: AliasWish, cards: readonly { readonly spec: DeviceSpecWish; readonly device: PciDevice }[]): PciDevice | undefined {
  return cards.find(({ spec, device }) =>
    (wish.vendorId === undefined || known(device.vendor) === wish.vendorId) &&
    (wish.productId === undefined || known(device.device) === wish.productId) &&
    (wish.resourceClass === undefined || spec.resourceClass === wish.resourceClass))?.device;
}

export const pci = (key: string, value: string): NovaAssignment => ({ section: "pci", key, value });

/** Of a device without a class of its own (nova/compute/pci_placement_translator.py, get_resource_class). */
export function resourceClassOf(wish: DeviceSpecWish, device: PciDevice): string {
  return wish.resourceClass ?? `CUSTOM_PCI_${known(device.vendor) ?? ""}_${known(device.device) ?? ""}`.toUpperCase();
}

/** The exact address that a value of ours names. */
export function addressOf(value: string): string | undefined {
  const found = /"address":"([0-9a-f:.]+)"/.exec(value);
  return found?.[1];
}
