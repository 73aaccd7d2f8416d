import type * as pulumi from "@pulumi/pulumi";
import type { ConnectionArgs } from "./args";
import { HostResource, type HostResourceOptions } from "./hostResource";

export interface PhysicalFunctionArgs {
  /** PCI address of the physical function, "0000:41:00.0". */
  readonly address: pulumi.Input<string>;
  /** "vendor:device[:subvendor:subdevice]" that must be found there: another card at the address is left alone, now and at every boot. */
  readonly id: pulumi.Input<string>;
  /** How many virtual functions it has; 0: none. More than the card can have is refused. */
  readonly count: pulumi.Input<number>;
  /**
   * Driver of its virtual functions. "vfio-pci" (default) or another name: by driver_override, and the host's own driver never sees them. "host":
   * whichever the kernel gives, as NVIDIA's vGPU wants it. "none": nobody.
   */
  readonly driver?: pulumi.Input<string>;
  /** NVIDIA's vGPU type of each virtual function, in their order; 0: none. Default: not touched. Needs a driver with vendor-specific VFIO, and driver "host". */
  readonly vgpuTypes?: pulumi.Input<readonly pulumi.Input<number>[]>;
  /** Reasons ("address:eth0") for which the physical function may be changed although the host uses it. Default []. */
  readonly acknowledge?: pulumi.Input<readonly pulumi.Input<string>[]>;
}

export interface VirtualFunctionsArgs {
  readonly connection: ConnectionArgs;
  /** At least one; all of a host in one resource. */
  readonly physicalFunctions: pulumi.Input<readonly pulumi.Input<PhysicalFunctionArgs>[]>;
  /** "now" (default): now and at every boot. "nextBoot": from the next boot on, for a host whose IOMMU the same stack turns on. */
  readonly when?: pulumi.Input<"now" | "nextBoot">;
}

/**
 * How many virtual functions (SR-IOV) physical ones have, and which driver and vGPU type each gets, now and at every boot. The kernel changes a number
 * through 0 only: refused while a guest has one of them. At boot a systemd unit of ours does it, once the physical function has its driver.
 *
 * Undo puts the numbers back as they were. The physical function stays on its host driver; give the virtual ones to guests by their addresses.
 */
export class VirtualFunctions extends HostResource {
  /** Physical function to the addresses of its virtual ones, as read after the last run. */
  declare readonly functions: pulumi.Output<Readonly<Record<string, readonly string[]>>>;
  /** True when as many as asked for are there and each of them is alone in its IOMMU group, bridges aside. */
  declare readonly alone: pulumi.Output<boolean>;

  constructor(name: string, args: VirtualFunctionsArgs, options?: HostResourceOptions) {
    super("VirtualFunctions", name, args, options);
  }
}
