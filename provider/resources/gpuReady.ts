import type * as pulumi from "@pulumi/pulumi";
import type { CloudArgs, ConnectionArgs } from "./args";
import { HostResource, type HostResourceOptions } from "./hostResource";
import type { IommuVerification } from "./iommuVerification";

export interface GpuReadyArgs {
  readonly connection: ConnectionArgs;
  /** The verification that the mark rests on: looked at before the host is marked, and judged anew in every preview. */
  readonly verification: IommuVerification;
  /** Which cloud. Default {}: what OS_CLOUD or the OS_* variables say. */
  readonly cloud?: CloudArgs;
  /** Nova's name for the host. Default: the host's own name. */
  readonly computeHost?: pulumi.Input<string>;
  /** Custom trait of the host's resource provider. Default "CUSTOM_GPU_READY"; false for none. */
  readonly trait?: pulumi.Input<string | false>;
  /** Aggregate that holds the host while it is ready. Several stacks may use the same one. */
  readonly aggregate?: pulumi.Input<string>;
  /** What an aggregate that does not exist yet is made with. Absent: it has to exist. */
  readonly createAggregate?: pulumi.Input<{ readonly availabilityZone?: pulumi.Input<string>; readonly metadata?: pulumi.Input<Readonly<Record<string, pulumi.Input<string>>>> }>;
  /** "follows": nova-compute is disabled, with a reason, while the cards are not proven. Default "leave". */
  readonly computeService?: pulumi.Input<"follows" | "leave">;
}

/**
 * Marks a host in the cloud as one whose GPUs are proven: by a trait in Placement, membership of an aggregate, or both. Only from a verification of
 * this boot. When a later preview finds the cards not ready any more, it shows that the mark goes, and why. Removing this unmarks the host.
 */
export class GpuReady extends HostResource {
  /** True when every mark is on and the cards are proven in this boot. */
  declare readonly marked: pulumi.Output<boolean>;
  /** Fingerprint of the facts that the mark rests on, for `gpuhost inspect --expect`; "" while the host is not marked. */
  declare readonly fingerprint: pulumi.Output<string>;
  /** Boot in which it was proven. */
  declare readonly bootId: pulumi.Output<string>;

  constructor(name: string, { verification, ...args }: GpuReadyArgs, options: HostResourceOptions = {}) {
    super("GpuReady", name, { ...args, verification: verification.judged }, { ...options, proof: verification, after: [...(options.after ?? []), verification] });
  }
}
