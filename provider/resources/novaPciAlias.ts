import type * as pulumi from "@pulumi/pulumi";
import type { ConnectionArgs } from "./args";
import { HostResource, type HostResourceOptions } from "./hostResource";
import type { AliasArgs } from "./novaPci";

export interface NovaPciAliasArgs {
  readonly connection: ConnectionArgs;
  /** Names that flavors ask for, with ids and device type: the same list as on the compute hosts; at least one. */
  readonly aliases: pulumi.Input<readonly AliasArgs[]>;
  /** [filter_scheduler]pci_in_placement, by name only. Absent: left as it is. */
  readonly pciInPlacement?: pulumi.Input<boolean>;
  /** systemd units that are restarted. Default: those of nova-api, nova-scheduler and nova-conductor as they run on the host. */
  readonly units?: pulumi.Input<readonly pulumi.Input<string>[]>;
}

/**
 * The PCI aliases of Nova on one controller, and PciPassthroughFilter in the list of filters, which keeps the entries it has. Make one for each host that
 * runs nova-api, nova-scheduler or nova-conductor, all from one list: the preview names the hosts that differ from it.
 */
export class NovaPciAlias extends HostResource {
  /** Our drop-in. */
  declare readonly file: pulumi.Output<string>;
  /** Units that read it. */
  declare readonly units: pulumi.Output<readonly string[]>;

  constructor(name: string, args: NovaPciAliasArgs, options?: HostResourceOptions) {
    super("NovaPciAlias", name, args, options);
  }
}
