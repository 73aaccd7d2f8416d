import { compute } from "@pulumi/openstack";
import * as pulumi from "@pulumi/pulumi";
import { extraSpecsOf } from "../flavor/gpuFlavor";
import { Settled } from "./settled";

type ListOf<T> = pulumi.Input<readonly pulumi.Input<T>[]>;
type MapOf<T> = pulumi.Input<Readonly<Record<string, pulumi.Input<T>>>>;

export interface PlacementArgs {
  /** Resource class to amount: { CUSTOM_GPU_A100: 1 }. */
  readonly resources?: MapOf<number>;
  /** Trait to wish: { CUSTOM_GPU_READY: "required" }. */
  readonly traits?: MapOf<"required" | "forbidden">;
}

/** A project whose id comes from another resource: `name` is what the stack tells its access apart by. */
export interface FlavorProjectArgs {
  readonly name: string;
  readonly id: pulumi.Input<string>;
}

export interface GpuFlavorAggregateArgs {
  readonly name: pulumi.Input<string>;
  /** Makes the aggregate an availability zone of that name. Default: none. */
  readonly availabilityZone?: pulumi.Input<string>;
  /** What filters of the scheduler compare extra specs with. Default {}. */
  readonly metadata?: MapOf<string>;
}

export interface GpuFlavorArgs extends PlacementArgs {
  /** Name in Nova. Default: the resource's name, as it is. */
  readonly name?: pulumi.Input<string>;
  /** What Nova shows beside the name (from Rocky on). */
  readonly description?: pulumi.Input<string>;
  readonly vcpus: pulumi.Input<number>;
  readonly ramMiB: pulumi.Input<number>;
  /** Root disk in GiB; 0 for servers that boot from a volume. */
  readonly diskGiB: pulumi.Input<number>;
  /** Default 0. */
  readonly ephemeralGiB?: pulumi.Input<number>;
  /** Default 0. */
  readonly swapMiB?: pulumi.Input<number>;
  /** Devices that a server gets: aliases of [pci]alias, each with a count (default 1). May be left out where `resources` ask for one. */
  readonly devices?: ListOf<{ readonly alias: pulumi.Input<string>; readonly count?: pulumi.Input<number> }>;
  /** How near to its CPUs and memory a server's devices must be. Default: what the alias says, and else "legacy". "socket" from Wallaby on. */
  readonly numaAffinityPolicy?: pulumi.Input<"legacy" | "preferred" | "required" | "socket">;
  /** Hides from the guest that it is one: old NVIDIA drivers refuse to run otherwise. Default: Nova's, false. */
  readonly hideHypervisorId?: pulumi.Input<boolean>;
  /** Keeps the guest's memory from being swapped; needs `memPageSize`. Default: Nova's, false. */
  readonly lockedMemory?: pulumi.Input<boolean>;
  /** "large", "small", "any" or a size ("1GB", "2048" in KiB). Default: Nova's, small pages. */
  readonly memPageSize?: pulumi.Input<string>;
  /** The IOMMU that the guest sees. Default: none. "auto", "smmuv3", "intel" and "virtio" from 2023.1 on. */
  readonly viommuModel?: pulumi.Input<"auto" | "intel" | "smmuv3" | "virtio">;
  /** Granular requests, by the suffix that tells them apart: { "1": { resources: {...}, traits: {...} } }. Each is met by one provider. */
  readonly groups?: MapOf<PlacementArgs>;
  /** Whether granular requests must be met by different providers. Default: Nova's, "none". */
  readonly groupPolicy?: pulumi.Input<"isolate" | "none">;
  /** Any other extra spec. Checked as Nova's API of microversion 2.86 does; one that a field above stands for is refused. */
  readonly extraSpecs?: MapOf<string | number | boolean>;
  /** The projects that may use it, by Keystone's id. Default []: administrators only. */
  readonly projects?: readonly (string | FlavorProjectArgs)[];
  /** True makes the flavor public: everybody may have a whole device. Default false. */
  readonly sharedWithEveryProject?: boolean;
  /** A host aggregate to go with it. Its hosts are GpuReady's (or yours) to put in and take out, and are left alone here. Default: none. */
  readonly aggregate?: GpuFlavorAggregateArgs;
}

const shape = ["name", "description", "vcpus", "ramMiB", "diskGiB", "ephemeralGiB", "swapMiB"] as const;
const specs = [
  "devices", "numaAffinityPolicy", "hideHypervisorId", "lockedMemory", "memPageSize", "viommuModel", "resources", "traits", "groups", "groupPolicy", "extraSpecs",
];

/**
 * A flavor that gives GPUs, with who may use it: compute.Flavor, compute.FlavorAccess and, where asked for, compute.AggregateV2 of
 * @pulumi/openstack. Everything is checked by Nova's own rules before anything registers. Private unless said otherwise: a whole device is a
 * whole trust boundary, and who may use the flavor may leave something on the card for who comes next.
 *
 * Nova cannot change a flavor's size: another `vcpus`, `ramMiB`, `diskGiB` or name deletes the flavor and makes another. Servers keep what they
 * were made with. Extra specs are changed in place, all of them taken off and put on again; run `pulumi refresh` first where somebody else touched them.
 */
export class GpuFlavor extends pulumi.ComponentResource {
  /** Nova's id of the flavor. */
  declare readonly flavorId: pulumi.Output<string>;
  /** What was asked of Nova, as text. */
  declare readonly extraSpecs: pulumi.Output<Readonly<Record<string, string>>>;
  declare readonly flavor: compute.Flavor;
  /** By project: the name given, or the id. */
  declare readonly access: ReadonlyMap<string, compute.FlavorAccess>;
  declare readonly aggregate: compute.AggregateV2 | undefined;

  constructor(name: string, args: GpuFlavorArgs, options?: pulumi.ComponentResourceOptions) {
    const settled = new Settled(`GpuFlavor ${name}`, args);
    const projects = projectsOf(settled, args);
    settled.plain("sharedWithEveryProject", args.sharedWithEveryProject, "who may use the flavor is written in the program: true or false");
    settled.plain("aggregate", args.aggregate, "whether there is one must be known: write { name, ... } with outputs inside");
    super("gpuhost:openstack:GpuFlavor", name, {}, options);

    const [flavorName, description, vcpus, ram, disk, ephemeral, swap] = shape.map((field) => settled.part([field], (of) => of[field])) as SizeOutputs;
    const extraSpecs = settled.part(specs, extraSpecsOf);
    const flavor = new compute.Flavor(name, {
      name: flavorName.apply((of) => of ?? name),
      ...(args.description === undefined ? {} : { description: description.apply((of) => of ?? "") }),
      vcpus, ram, disk, ephemeral, swap, extraSpecs,
      isPublic: args.sharedWithEveryProject ?? false,
      // Nova has one flavor of a name at a time.
    }, { parent: this, deleteBeforeReplace: true });
    const access = new Map(projects.map(({ label, id }) => [
      label, new compute.FlavorAccess(`${name}-${label}`, { flavorId: flavor.id, tenantId: id }, { parent: this, deleteBeforeReplace: true }),
    ]));
    const aggregate = args.aggregate && aggregateOf(name, settled, this);

    Object.assign(this, { flavorId: flavor.id, extraSpecs, flavor, access, aggregate });
    this.registerOutputs({ flavorId: flavor.id, extraSpecs, ...(aggregate ? { aggregateId: aggregate.id } : {}) });
  }
}

type SizeOutputs = [
  pulumi.Output<string | undefined>, pulumi.Output<string | undefined>, pulumi.Output<number>, pulumi.Output<number>, pulumi.Output<number>, pulumi.Output<number>, pulumi.Output<number>,
];

/** Each project with the label that its access has in the stack: never its place in the list, which changes when another goes. */
function projectsOf(settled: Settled, { projects = [] }: GpuFlavorArgs): { label: string; id: pulumi.Output<string> }[] {
  settled.plain("projects", projects, "a list of resources cannot be: write [{ name, id }, ...] with outputs as ids");
  return projects.map((one, at) => {
    settled.plain(`projects[${at}]`, one, 'needs a name that the stack can tell it apart by: { name: "research", id: project.id }');
    const { name: label, id } = typeof one === "string" ? { name: one, id: one } : one;
    settled.plain(`projects[${at}].name`, label, "must be written in the program");
    return { label, id: settled.projectId(at, id, projects) };
  });
}

function aggregateOf(name: string, settled: Settled, parent: pulumi.Resource): compute.AggregateV2 {
  const wish = settled.part(["aggregate"], ({ aggregate }) => ({ name: aggregate?.name ?? name, zone: aggregate?.availabilityZone ?? "", metadata: aggregate?.metadata ?? {} }));
  return new compute.AggregateV2(name, {
    name: wish.name,
    zone: wish.zone,
    metadata: wish.metadata,
    // Whoever marks hosts puts them in; several stacks may.
  }, { parent, ignoreChanges: ["hosts"] });
}
