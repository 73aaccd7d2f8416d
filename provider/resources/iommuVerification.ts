import type * as pulumi from "@pulumi/pulumi";
import type { TrustLevel, Verdict } from "../readiness/finding";
import type { CardArgs, ConnectionArgs } from "./args";
import { HostResource, type HostResourceOptions } from "./hostResource";
import { relevantPolicy, type GpuPolicy } from "./policyFile";

export interface VerifiedCardArgs extends Omit<CardArgs, "acknowledge"> {
  /** The whole IOMMU group as it was reviewed, the card and bridges included: another group is not ready. Compared by address, never by group number. */
  readonly members?: pulumi.Input<readonly pulumi.Input<string>[]>;
}

export interface IommuVerificationArgs {
  readonly connection: ConnectionArgs;
  /** Cards that must be ready; at least one, or `byIds`. */
  readonly cards: pulumi.Input<readonly pulumi.Input<VerifiedCardArgs>[]>;
  /** Ids whose every function on the host must be ready too, as in VfioBinding. Default []. */
  readonly byIds?: pulumi.Input<readonly pulumi.Input<string>[]>;
  /** How much the guests trust each other. Default: the policy's, else "multi-tenant", the strictest. */
  readonly trustLevel?: pulumi.Input<TrustLevel>;
  /** The reviewed policy, as `policyFile("gpu-policy.yaml")` gives it, or the same data; the input is what of it concerns this host. Default: built-in severities, no exceptions. */
  readonly policy?: pulumi.Input<GpuPolicy>;
  /** Foreign members of a group that go to the guest along with the card. Default []. */
  readonly acceptedMembers?: pulumi.Input<readonly pulumi.Input<string>[]>;
  /** Reasons of critical uses ("mount:/data") that the host may lose. Default []. */
  readonly acknowledgedUses?: pulumi.Input<readonly pulumi.Input<string>[]>;
}

/**
 * Says whether cards are ready for tenants, from a fresh read of the running kernel and never from what was written before. What cannot
 * be read counts as not proven. Does nothing to the host; not ready is no failure of the resource, and is counted at the end of `pulumi up`.
 */
export class IommuVerification extends HostResource {
  /** True when every card is ready. */
  declare readonly ready: pulumi.Output<boolean>;
  /** Of everything the verdict rests on; changes when the host does, not when group numbers do. */
  declare readonly fingerprint: pulumi.Output<string>;
  /** Card to the members of its group, by address. */
  declare readonly groups: pulumi.Output<Readonly<Record<string, readonly string[]>>>;
  declare readonly verdicts: pulumi.Output<Readonly<Record<string, Verdict | "pending">>>;

  constructor(name: string, args: IommuVerificationArgs, options?: HostResourceOptions) {
    const given = args.policy === undefined ? args : { ...args, policy: relevantPolicy(args.connection, args.trustLevel, args.policy) };
    super("IommuVerification", name, given, options);
    const { connection: _connection, ...judged } = given;
    // No property of the resource: the engine would take it for one of its outputs.
    Object.defineProperty(this, "judged", { value: judged, enumerable: false });
  }

  /** @internal What is judged, as it was written: the kinds that act on the outcome judge the same. */
  declare readonly judged: Omit<IommuVerificationArgs, "connection">;
}
