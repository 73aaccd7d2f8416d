import type { ExtraSpecValue } from "./valueForm";

export type TraitWish = "required" | "forbidden";

/** What Placement is asked for: amounts by resource class, and traits of the provider that has them. */
export interface PlacementWish {
  readonly resources: Readonly<Record<string, number>>;
  readonly traits: Readonly<Record<string, TraitWish>>;
}

export interface FlavorProject {
  /** Of the resource in the stack. */
  readonly name: string;
  /** Keystone's id. */
  readonly id: string;
}

/** What a GpuFlavor wishes for, defaults filled in. */
export interface GpuFlavorDesired extends PlacementWish {
  readonly name?: string;
  readonly description?: string;
  readonly vcpus: number;
  readonly ramMiB: number;
  readonly diskGiB: number;
  readonly ephemeralGiB: number;
  readonly swapMiB: number;
  readonly devices: readonly { readonly alias: string; readonly count: number }[];
  readonly numaAffinityPolicy?: "legacy" | "preferred" | "required" | "socket";
  readonly hideHypervisorId?: boolean;
  readonly lockedMemory?: boolean;
  readonly memPageSize?: string;
  readonly viommuModel?: "auto" | "intel" | "smmuv3" | "virtio";
  /** Requests of their own, by the suffix they are told apart by. */
  readonly groups: Readonly<Record<string, PlacementWish>>;
  readonly groupPolicy?: "isolate" | "none";
  readonly extraSpecs: Readonly<Record<string, ExtraSpecValue>>;
  readonly projects: readonly (string | FlavorProject)[];
  readonly sharedWithEveryProject: boolean;
  readonly aggregate?: { readonly name: string; readonly availabilityZone?: string; readonly metadata: Readonly<Record<string, string>> };
}

/** "pci_passthrough:alias": each alias with its count, in the order written (nova/pci/request.py splits at "," and ":"). */
export function aliasSpec(devices: GpuFlavorDesired["devices"]): string {
  return devices.map(({ alias, count }) => `${alias}:${count}`).join(",");
}

/** The flavor's extra specs as Nova keeps them: text to text, sorted by name so that a preview does not change with the program's order. */
export function extraSpecsOf(desired: GpuFlavorDesired): Readonly<Record<string, string>> {
  const groups = [["", desired] as const, ...Object.entries(desired.groups)];
  const wanted: readonly (readonly [string, ExtraSpecValue | undefined])[] = [
    ["pci_passthrough:alias", desired.devices.length === 0 ? undefined : aliasSpec(desired.devices)],
    ["hw:pci_numa_affinity_policy", desired.numaAffinityPolicy],
    ["hw:hide_hypervisor_id", desired.hideHypervisorId],
    ["hw:locked_memory", desired.lockedMemory],
    ["hw:mem_page_size", desired.memPageSize],
    ["hw:viommu_model", desired.viommuModel],
    ["group_policy", desired.groupPolicy],
    ...groups.flatMap(([suffix, { resources }]) => Object.entries(resources).map(([name, amount]) => [`resources${suffix}:${name}`, amount] as const)),
    ...groups.flatMap(([suffix, { traits }]) => Object.entries(traits).map(([name, wish]) => [`trait${suffix}:${name}`, wish] as const)),
    ...Object.entries(desired.extraSpecs),
  ];
  const given = wanted.flatMap(([name, wish]): [string, string][] => (wish === undefined ? [] : [[name, String(wish)]]));
  return Object.fromEntries(given.sort(([a], [b]) => (a < b ? -1 : 1)));
}
