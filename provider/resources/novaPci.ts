import type * as pulumi from "@pulumi/pulumi";
import type { CloudArgs, ConnectionArgs, InputOf } from "./args";
import { HostResource, type HostResourceOptions } from "./hostResource";
import type { IommuVerification } from "./iommuVerification";
import type { AliasWish, DeviceSpecWish } from "../plan/novaWishes";

/** One card that Nova may offer: its exact address, and the tags of `[pci]device_spec` by their names there. */
export type DeviceSpecArgs = InputOf<DeviceSpecWish>;

/** One `[pci]alias`. Ids and device type are those of the live card where they are left out. */
export type AliasArgs = InputOf<AliasWish>;

export interface NovaPciArgs {
  readonly connection: ConnectionArgs;
  /** The verification that must prove a card before Nova learns of it. */
  readonly verification: IommuVerification;
  /** Cards of the verification that Nova may offer; at least one. */
  readonly deviceSpecs: pulumi.Input<readonly DeviceSpecArgs[]>;
  /** Names that flavors ask for, on this host. Default []. NovaPciAlias gives controllers the same. */
  readonly aliases?: pulumi.Input<readonly AliasArgs[]>;
  /** Turns [pci]report_in_placement on, by name only: Nova cannot turn it off again on a host. Absent: left as it is. */
  readonly reportInPlacement?: pulumi.Input<true>;
  /** Which cloud. Default {}: what OS_CLOUD or the OS_* variables say. */
  readonly cloud?: CloudArgs;
  /** Nova's name for the host. Default: the host's own name. */
  readonly computeHost?: pulumi.Input<string>;
  /** systemd unit that is restarted. Default "nova-compute.service". */
  readonly unit?: pulumi.Input<string>;
  /** Seconds that Nova has to be up again and Placement to show the cards. Default 300. */
  readonly deadlineSeconds?: pulumi.Input<number>;
}

/**
 * Lets Nova offer cards of a compute host to guests: one drop-in with an exact address for each card, a restart of nova-compute, and a wait until
 * Nova and Placement show just that. Only after the verification proved the card; a card that is offered and no longer proven is taken out of
 * scheduling. Removing this takes the drop-in away, and is refused while a guest holds a card.
 */
export class NovaPci extends HostResource {
  /** Cards that Nova was offering when the host was last read. */
  declare readonly exposed: pulumi.Output<readonly string[]>;
  /** Cards that this resource keeps from new guests until a fresh read proves them; the status is not-ready meanwhile. */
  declare readonly quarantined: pulumi.Output<readonly string[]>;
  /** Our drop-in. */
  declare readonly file: pulumi.Output<string>;

  constructor(name: string, { verification, ...args }: NovaPciArgs, options: HostResourceOptions = {}) {
    super("NovaPci", name, { ...args, verification: verification.judged }, { ...options, proof: verification, after: [...(options.after ?? []), verification] });
  }
}
