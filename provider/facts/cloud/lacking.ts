import type { ResourceProviderFacts } from "./cloudFacts";

/** What Placement is to hold for one PCI device. */
export interface ExpectedInventory {
  /** "0000:3b:00.0"; the provider's name has it in upper case. With `provider`, only what messages call it. */
  readonly address: string;
  /** Name of the provider; absent: that of the PCI device at the address. */
  readonly provider?: string;
  /** Null: no provider of the device, or one that offers nothing. */
  readonly inventory: { readonly resourceClass: string; readonly total: number } | null;
  /** Traits it must have among others. */
  readonly traits?: readonly string[];
}

/** What the tree lacks of what is expected, a phrase for each; empty when all is there. */
export function lacking(providers: readonly ResourceProviderFacts[], expected: readonly ExpectedInventory[]): string[] {
  return expected.flatMap((one) => {
    const found = providers.find((provider) => (one.provider === undefined ? provider.pciAddress === one.address : provider.name === one.provider));
    const held = found?.inventories.map((inventory) => `${inventory.total} ${inventory.resourceClass}`) ?? [];
    if (one.inventory === null) return held.length === 0 ? [] : [`${one.address} still offers ${held.join(", ")}`];
    if (found === undefined) return [`${one.address} has no provider`];
    const wished = `${one.inventory.total} ${one.inventory.resourceClass}`;
    if (held.length !== 1 || held[0] !== wished) return [`${one.address} offers ${held.join(", ") || "nothing"}, not ${wished}`];
    const missing = (one.traits ?? []).filter((trait) => !found.traits.includes(trait));
    return missing.length === 0 ? [] : [`${one.address} lacks the trait ${missing.join(", ")}`];
  });
}
