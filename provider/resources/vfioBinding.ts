import type * as pulumi from "@pulumi/pulumi";
import type { AcceptedMemberArgs, CardArgs, ConnectionArgs } from "./args";
import { HostResource, type HostResourceOptions } from "./hostResource";

export interface VfioBindingArgs {
  readonly connection: ConnectionArgs;
  /** Cards that go to vfio-pci; at least one, or `byIds`. The other functions of a card's slot go along. */
  readonly cards: pulumi.Input<readonly pulumi.Input<CardArgs>[]>;
  /**
   * "10de:20b5" or "10de:20b5:10de:1533" in lower-case hex: every display or accelerator function of these ids on this host, whatever its address.
   * The preview lists those that are there and judges each like a named card. One that is put in later is taken at its first boot, before any
   * preview has shown it, unless it is the display the host booted on. Default []: only what `cards` names.
   */
  readonly byIds?: pulumi.Input<readonly pulumi.Input<string>[]>;
  /** Foreign members of the cards' IOMMU groups that go along, each by name. Default []: such a card is refused. */
  readonly acceptGroupMembers?: pulumi.Input<readonly pulumi.Input<AcceptedMemberArgs>[]>;
  /** "vfio-pci" (default), "auto" (the variant driver that the kernel has for the card), or a driver's name. */
  readonly driver?: pulumi.Input<string>;
  /** "never" (default): from the next boot on. "whenIdle": also now, where nothing uses the card. */
  readonly now?: pulumi.Input<"never" | "whenIdle">;
  /** True when the same stack turns the IOMMU on: the binding is then staged although no group is known yet. Default false. */
  readonly iommuWillBeOn?: pulumi.Input<boolean>;
}

/**
 * Which PCI functions vfio-pci owns, from every boot on and, where asked for, now. By address, confirmed against the ids each time: another card
 * at the address is left alone. A function the host needs is refused, with what the host would lose; so is a foreign group member nobody named.
 *
 * initramfs-tools and dracut. The first image is tried by one boot (see HostReboot). Undo gives the functions back to the drivers they had; it
 * is refused while a guest holds one.
 */
export class VfioBinding extends HostResource {
  constructor(name: string, args: VfioBindingArgs, options?: HostResourceOptions) {
    super("VfioBinding", name, args, options);
  }
}
