import { isPciAddress } from "../pciAddress";
import type { Part } from "./answer";
import type { AllocationFacts, InventoryFacts, ResourceProviderFacts } from "./cloudFacts";

/** A provider as "List resource providers" gives it, without what it holds. */
export type ProviderHead = Pick<ResourceProviderFacts, "id" | "name" | "generation" | "parent" | "pciAddress">;

export function providerHead(part: Part): ProviderHead {
  const name = part.at("name").text();
  const parent = part.at("parent_provider_uuid").orNull((of) => of.text());
  return { id: part.at("uuid").text(), name, generation: part.at("generation").number(), parent, pciAddress: parent === null ? null : pciAddressOf(name) };
}

/** Nova names a PCI device's provider HYPERVISOR_ADDRESS, the address in upper case (nova/compute/pci_placement_translator.py). */
export function pciAddressOf(name: string): string | null {
  const address = name.slice(name.lastIndexOf("_") + 1).toLowerCase();
  return name.includes("_") && isPciAddress(address) ? address : null;
}

/** Inventory as Placement keeps it: what of it we do not speak of goes back as it was in every write. */
export interface FullInventory {
  readonly total: number;
  readonly reserved: number;
  readonly min_unit: number;
  readonly max_unit: number;
  readonly step_size: number;
  readonly allocation_ratio: number;
}

/** "List resource provider inventories". */
export interface Inventories {
  readonly generation: number;
  readonly byClass: ReadonlyMap<string, FullInventory>;
}

export function inventories(part: Part): Inventories {
  return {
    generation: part.at("resource_provider_generation").number(),
    byClass: new Map(part.at("inventories").entries().map(([name, of]): [string, FullInventory] => [name, {
      total: of.at("total").number(),
      reserved: of.at("reserved").number(),
      min_unit: of.at("min_unit").number(),
      max_unit: of.at("max_unit").number(),
      step_size: of.at("step_size").number(),
      allocation_ratio: of.at("allocation_ratio").number(),
    }])),
  };
}

/** "List resource provider traits". */
export interface Traits {
  readonly generation: number;
  readonly traits: readonly string[];
}

export function traits(part: Part): Traits {
  return { generation: part.at("resource_provider_generation").number(), traits: part.at("traits").list().map((of) => of.text()).sort() };
}

/** "List resource provider allocations". */
export interface Allocations {
  readonly generation: number;
  readonly allocations: readonly AllocationFacts[];
}

export function allocations(part: Part): Allocations {
  return {
    generation: part.at("resource_provider_generation").number(),
    allocations: part.at("allocations").entries().map(([consumer, of]) => ({
      consumer,
      resources: Object.fromEntries(of.at("resources").entries().map(([name, amount]) => [name, amount.number()])),
    })),
  };
}

export function resourceProvider(head: ProviderHead, held: Inventories, traited: Traits, allocated: Allocations): ResourceProviderFacts {
  const usedOf = (resourceClass: string): number => allocated.allocations.reduce((sum, one) => sum + (one.resources[resourceClass] ?? 0), 0);
  return {
    ...head,
    generation: Math.min(head.generation, held.generation, traited.generation, allocated.generation),
    inventories: [...held.byClass].map(([resourceClass, { total, reserved }]): InventoryFacts => ({ resourceClass, total, reserved, used: usedOf(resourceClass) })),
    traits: traited.traits,
    allocations: allocated.allocations,
  };
}
