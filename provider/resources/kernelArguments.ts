import type * as pulumi from "@pulumi/pulumi";
import type { ConnectionArgs } from "./args";
import { HostResource, type HostResourceOptions } from "./hostResource";

export interface KernelArgumentsArgs {
  readonly connection: ConnectionArgs;
  /**
   * Arguments that every boot must have: "intel_iommu=on", "iommu=pt". Of list-valued ones (`pci=`, `intel_iommu=`, ...) each element is
   * merged into the list that stands. Default [].
   */
  readonly shouldExist?: pulumi.Input<readonly pulumi.Input<string>[]>;
  /** Arguments that no boot may have: "name=value" exactly, "name" as a bare flag, "name=*" with any value. Default []. */
  readonly shouldNotExist?: pulumi.Input<readonly pulumi.Input<string>[]>;
}

/**
 * Kernel arguments of the boots to come. Owns one file, /etc/default/grub.d/zz-gpuhost.cfg, and edits no other; new boot entries are compared
 * with the old ones before they are installed. The first boot with changed arguments is a trial (see HostReboot). It never reboots.
 *
 * Debian and Ubuntu with GRUB; other boot loaders are read, judged, and refused by name. Undo puts file and entries back as they were.
 */
export class KernelArguments extends HostResource {
  declare readonly shouldExist: pulumi.Output<readonly string[] | undefined>;
  declare readonly shouldNotExist: pulumi.Output<readonly string[] | undefined>;

  constructor(name: string, args: KernelArgumentsArgs, options?: HostResourceOptions) {
    super("KernelArguments", name, args, options);
  }
}
