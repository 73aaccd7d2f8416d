import type * as pulumi from "@pulumi/pulumi";
import type { CloudConnection } from "../facts/cloud/cloudConnection";
import type { Connection } from "../host/connection";

/** A plain type with every part of it allowed to be an output of another resource. */
export type InputOf<T> = T extends string | number | boolean | undefined
  ? pulumi.Input<T>
  : T extends readonly (infer Item)[]
    ? pulumi.Input<readonly InputOf<Item>[]>
    : pulumi.Input<{ readonly [Name in keyof T]: InputOf<T[Name]> }>;

/**
 * How a host is reached over SSH. Only `host` is required, and may be an alias of ~/.ssh/config. The host's key must be known
 * (known_hosts, or pinned with `hostKey`); nothing is accepted on first use unless `acceptUnknownHostKey` says so. No secret is in here:
 * passphrase and sudo password say where they are found, `{ config: NAME }` (a secret of the stack), `{ environment: NAME }` or `{ file: PATH }`.
 */
export type ConnectionArgs = InputOf<Connection>;

/**
 * Which cloud is spoken to: a name in clouds.yaml, or nothing for what OS_CLOUD and the OS_* variables say. No secret is in here:
 * credentials are read from there when they are needed.
 */
export type CloudArgs = InputOf<CloudConnection>;

/** A card as a person names it. */
export interface CardArgs {
  /** PCI address of its first function, with the domain: "0000:65:00.0". */
  readonly address: pulumi.Input<string>;
  /** What must be found there, "vendor:device" or "vendor:device:subvendor:subdevice" in lower-case hex: "10de:20b5". Bus numbers move; another card is never taken for this one. */
  readonly id: pulumi.Input<string>;
  /** Reasons, as a refusal names them ("mount:/data", "boot-display"), for which the host may lose it all the same. Default []. */
  readonly acknowledge?: pulumi.Input<readonly pulumi.Input<string>[]>;
}

/** A foreign function in a card's IOMMU group that goes along, by name. */
export interface AcceptedMemberArgs {
  /** Its PCI address. */
  readonly address: pulumi.Input<string>;
  /** "vfio-pci": it can go to the guest with the card. "pci-stub": nobody uses it. */
  readonly becomes: pulumi.Input<"vfio-pci" | "pci-stub">;
  /** As for a card. Default []. */
  readonly acknowledge?: pulumi.Input<readonly pulumi.Input<string>[]>;
}
