import type * as pulumi from "@pulumi/pulumi";
import type { ConnectionArgs } from "./args";
import { HostResource, type HostResourceOptions } from "./hostResource";

export interface AppArmorRulesArgs {
  readonly connection: ConnectionArgs;
  /**
   * File rules that every guest gets beside the one that taking a card back needs, as AppArmor writes them: "/dev/hugepages/** rw,". Read and write
   * only. Default [].
   */
  readonly guestRules?: pulumi.Input<readonly pulumi.Input<string>[]>;
  /**
   * Packaged files of libvirt's rules that were edited or overwritten and are to be put back as shipped, full paths. Default []: the preview
   * shows the difference, and nothing is done. Refused where the host no longer has the shipped text.
   */
  readonly restorePackaged?: pulumi.Input<readonly pulumi.Input<string>[]>;
}

/**
 * Makes sure that AppArmor lets a guest open /dev/vfio/vfio when its card comes back to it: after Nova's resume, and after a cold snapshot. Without
 * that rule a server boots and can never be resumed. Writes one file of its own by the way this release of libvirt has for it, after
 * apparmor_parser has read libvirt's template with it; where only a shared file is included, one line goes into that.
 *
 * Hosts of kolla and of the snap, hosts with SELinux, and hosts that confine no guest are left alone, and the preview says why.
 */
export class AppArmorRules extends HostResource {
  /** What confines guests there. "absent": AppArmor runs, libvirt's rules are not installed. */
  declare readonly confinement: pulumi.Output<"apparmor" | "selinux" | "none" | "kolla" | "snap" | "absent" | "unknown">;
  /** True when the rules as read after the last run let a guest take its card back; false when they do not, or could not be judged. */
  declare readonly reattachAllowed: pulumi.Output<boolean>;

  constructor(name: string, args: AppArmorRulesArgs, options?: HostResourceOptions) {
    super("AppArmorRules", name, args, options);
  }
}
