import * as pulumi from "@pulumi/pulumi";
import type { TrustLevel } from "../readiness/finding";
import type { CardArgs, ConnectionArgs } from "./args";
import { HostReboot } from "./hostReboot";
import { IommuVerification, type VerifiedCardArgs } from "./iommuVerification";
import { KernelArguments, type KernelArgumentsArgs } from "./kernelArguments";
import { onlyKnown } from "./known";
import { Unit } from "./run";

export interface AcceptedMemberArgs {
  /** PCI address of the foreign member. */
  readonly address: pulumi.Input<string>;
  /** What becomes of it: "vfio-pci" (it goes to the guest with the card) or "pci-stub" (nobody uses it). */
  readonly becomes: pulumi.Input<"vfio-pci" | "pci-stub">;
}

export interface GpuHostArgs {
  readonly connection: ConnectionArgs;
  /** Cards that tenants may have; at least one. */
  readonly cards: pulumi.Input<readonly pulumi.Input<CardArgs>[]>;
  /** Kernel arguments to put in place first. Absent: the boot configuration's arguments are left alone. */
  readonly kernelArguments?: Omit<KernelArgumentsArgs, "connection">;
  /** Foreign members of a card's IOMMU group that go along, each by name. Default []: such a card is refused. */
  readonly acceptGroupMembers?: pulumi.Input<readonly pulumi.Input<AcceptedMemberArgs>[]>;
  /** Reasons of critical uses ("mount:/data") that the host may lose. Default []. */
  readonly acknowledgedUses?: pulumi.Input<readonly pulumi.Input<string>[]>;
  /** "never" (default) says what waits for a reboot and leaves it to you; "whenNeeded" reboots, once. */
  readonly reboot?: pulumi.Input<"never" | "whenNeeded">;
  /** Guests, by name or UUID, that the reboot may stop. Default {}: any running guest is a refusal. */
  readonly guests?: pulumi.Input<Readonly<Record<string, pulumi.Input<"stops">>>>;
  /** Seconds from the order to reboot until the host has to answer again. Default 600. */
  readonly rebootDeadlineSeconds?: pulumi.Input<number>;
  /** How much the guests trust each other. Default "multi-tenant", the strictest. */
  readonly trustLevel?: pulumi.Input<TrustLevel>;
}

const names = [
  "connection", "cards", "kernelArguments", "acceptGroupMembers", "acknowledgedUses", "reboot", "guests", "rebootDeadlineSeconds", "trustLevel",
];

/**
 * One hypervisor, made ready to give cards to guests: kernel arguments, binding, the reboot they need, and the proof, in this order. When one
 * of them is refused, none of them touches the host. Taking it out of the program undoes all of it.
 */
export class GpuHost extends pulumi.ComponentResource {
  /** True when every card was proven ready by a fresh read of the running kernel. */
  declare readonly ready: pulumi.Output<boolean>;
  declare readonly kernelArguments: KernelArguments | undefined;
  declare readonly reboot: HostReboot;
  declare readonly verification: IommuVerification;

  constructor(name: string, args: GpuHostArgs, options?: pulumi.ComponentResourceOptions) {
    onlyKnown(`GpuHost ${name}`, args, names);
    super("gpuhost:index:GpuHost", name, {}, options);
    const { connection } = args;
    const unit = new Unit();
    const shared = { parent: this, unit };
    const wanted = args.kernelArguments;
    const kernelArguments = wanted && new KernelArguments(name, { ...wanted, connection }, shared);
    const reboot = new HostReboot(name, defined({
      connection,
      arguments: wanted?.shouldExist,
      absentArguments: wanted?.shouldNotExist,
      policy: args.reboot ?? "never",
      guests: args.guests,
      deadlineSeconds: args.rebootDeadlineSeconds,
    }), { ...shared, after: kernelArguments ? [kernelArguments] : [] });
    const verification = new IommuVerification(name, defined({
      connection,
      cards: args.cards as pulumi.Input<readonly pulumi.Input<VerifiedCardArgs>[]>,
      trustLevel: args.trustLevel,
      acknowledgedUses: args.acknowledgedUses,
      acceptedMembers: args.acceptGroupMembers && pulumi.output(args.acceptGroupMembers).apply((all) => all.map((one) => one.address)),
    }), { ...shared, after: [reboot] });
    Object.assign(this, { kernelArguments, reboot, verification, ready: verification.ready });
    this.registerOutputs({ ready: verification.ready, findings: verification.findings });
  }
}

/** Without the fields that were left out: a schema's defaults then hold. */
function defined<T extends object>(of: T): { [Name in keyof T]: Exclude<T[Name], undefined> } {
  return Object.fromEntries(Object.entries(of).filter(([, value]) => value !== undefined)) as { [Name in keyof T]: Exclude<T[Name], undefined> };
}
