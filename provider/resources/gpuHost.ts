import * as pulumi from "@pulumi/pulumi";
import type { TrustLevel } from "../readiness/finding";
import type { AcceptedMemberArgs, CardArgs, ConnectionArgs } from "./args";
import { boundDriversOf, turnsIommuOn } from "./gpuHostWishes";
import { HostReboot, type DrainArgs } from "./hostReboot";
import { IommuVerification } from "./iommuVerification";
import { KernelArguments, type KernelArgumentsArgs } from "./kernelArguments";
import { onlyKnown } from "./known";
import type { GpuPolicy } from "./policyFile";
import { Unit } from "./run";
import { VfioBinding } from "./vfioBinding";

export interface GpuHostCardArgs extends CardArgs {
  /** The whole IOMMU group as it was reviewed, the card and bridges included: another group is not ready. Default: whatever group passes the rules. */
  readonly members?: pulumi.Input<readonly pulumi.Input<string>[]>;
}

export interface GpuHostArgs {
  readonly connection: ConnectionArgs;
  /** Cards that tenants may have; at least one, or `byIds`. */
  readonly cards: pulumi.Input<readonly pulumi.Input<GpuHostCardArgs>[]>;
  /** Ids ("10de:20b5") that tenants may have wherever they are on this host, one that is put in later too: see VfioBinding. Default []: only `cards`. */
  readonly byIds?: pulumi.Input<readonly pulumi.Input<string>[]>;
  /** Kernel arguments to put in place first. Absent: the arguments are left alone, and the IOMMU has to be on already. */
  readonly kernelArguments?: Omit<KernelArgumentsArgs, "connection">;
  /** Foreign members of a card's IOMMU group that go along, each by name. Default []: such a card is refused. */
  readonly acceptGroupMembers?: pulumi.Input<readonly pulumi.Input<AcceptedMemberArgs>[]>;
  /** "vfio-pci" (default), "auto" (the variant driver that the kernel has for the card), or a driver's name. */
  readonly driver?: pulumi.Input<string>;
  /** When cards change their driver: "never" (default) means by a boot only, "whenIdle" also now, where nothing uses them. */
  readonly now?: pulumi.Input<"never" | "whenIdle">;
  /** "never" (default) says what waits for a reboot and leaves it to you; "whenNeeded" reboots, once. */
  readonly reboot?: pulumi.Input<"never" | "whenNeeded">;
  /** Guests, by name or UUID, that the reboot may stop. Default {}: any running guest is a refusal. */
  readonly guests?: pulumi.Input<Readonly<Record<string, pulumi.Input<"stops">>>>;
  /** Seconds from the order to reboot until the host has to answer again. Default 600. */
  readonly rebootDeadlineSeconds?: pulumi.Input<number>;
  /** Takes the host out of Nova's scheduling before a reboot and puts it back after it. Absent: no cloud is asked. */
  readonly drain?: pulumi.Input<DrainArgs>;
  /** How much the guests trust each other. Default: the policy's, else "multi-tenant", the strictest. */
  readonly trustLevel?: pulumi.Input<TrustLevel>;
  /** The reviewed policy: see IommuVerification. What the host itself would lose is acknowledged where the card is named, not here. */
  readonly policy?: pulumi.Input<GpuPolicy>;
}

export interface GpuHostOptions extends pulumi.ComponentResourceOptions {
  /** @internal The turn of a host in its fleet. */
  readonly unit?: Unit;
}

const names = [
  "connection", "cards", "byIds", "kernelArguments", "acceptGroupMembers", "driver", "now", "reboot", "guests", "rebootDeadlineSeconds", "drain", "trustLevel", "policy",
];

/**
 * One hypervisor, made ready to give cards to guests: kernel arguments, binding, the reboot they need, and the proof, in this order. When one
 * of them is refused, none of them touches the host. Taking it out of the program undoes all of it.
 */
export class GpuHost extends pulumi.ComponentResource {
  /** True when every card was proven ready by a fresh read of the running kernel. */
  declare readonly ready: pulumi.Output<boolean>;
  declare readonly kernelArguments: KernelArguments | undefined;
  declare readonly binding: VfioBinding;
  declare readonly reboot: HostReboot;
  declare readonly verification: IommuVerification;

  constructor(name: string, args: GpuHostArgs, { unit = new Unit(), ...options }: GpuHostOptions = {}) {
    onlyKnown(`GpuHost ${name}`, args, names);
    super("gpuhost:index:GpuHost", name, {}, options);
    const { connection, kernelArguments: wanted } = args;
    const shared = { parent: this, unit };
    // Stack configuration may leave it out: the schema then says what is missing.
    const cards = pulumi.output(args.cards as typeof args.cards | undefined).apply((all = []) => all);
    const accepted = args.acceptGroupMembers === undefined ? undefined : pulumi.output(args.acceptGroupMembers);

    const kernelArguments = wanted && new KernelArguments(name, { ...wanted, connection }, shared);
    const toBind = defined({
      connection,
      cards: cards.apply((all) => all.map(({ members: _members, ...card }) => card)),
      byIds: args.byIds,
      acceptGroupMembers: accepted,
      driver: args.driver,
      now: args.now,
      iommuWillBeOn: wanted && turnsIommuOn(wanted),
    });
    const binding = new VfioBinding(name, toBind, { ...shared, after: kernelArguments ? [kernelArguments] : [] });
    const reboot = new HostReboot(name, defined({
      connection,
      arguments: wanted?.shouldExist,
      absentArguments: wanted?.shouldNotExist,
      drivers: boundDriversOf(toBind),
      policy: args.reboot ?? "never",
      guests: args.guests,
      deadlineSeconds: args.rebootDeadlineSeconds,
      drain: args.drain,
    }), { ...shared, after: [binding] });
    const verification = new IommuVerification(name, defined({
      connection,
      cards: cards.apply((all) => all.map(({ acknowledge: _acknowledge, ...card }) => card)),
      byIds: args.byIds,
      trustLevel: args.trustLevel,
      policy: args.policy,
      acceptedMembers: accepted?.apply((all) => all.map((one) => one.address)),
      acknowledgedUses: pulumi.all([cards, accepted]).apply(([all, more = []]) => [...all, ...more].flatMap((one) => one.acknowledge ?? [])),
    }), { ...shared, after: [reboot] });

    Object.assign(this, { kernelArguments, binding, reboot, verification, ready: verification.ready });
    // Findings are in the state of the verification: once is enough, a host with eight cards has kilobytes of them.
    this.registerOutputs({ ready: verification.ready });
  }
}

/** Without the fields that were left out: a schema's defaults then hold. */
function defined<T extends object>(of: T): { [Name in keyof T]: Exclude<T[Name], undefined> } {
  return Object.fromEntries(Object.entries(of).filter(([, value]) => value !== undefined)) as { [Name in keyof T]: Exclude<T[Name], undefined> };
}
