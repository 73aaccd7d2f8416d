import type * as pulumi from "@pulumi/pulumi";
import type { LicenceServer, MdevDeviceWish, MdevTypeWish } from "../plan/mdevWishes";
import type { CloudArgs, ConnectionArgs, InputOf } from "./args";
import { HostResource, type HostResourceOptions } from "./hostResource";

/** One type that Nova makes for guests: its parents, and `mdev_class`, `max_instances` and traits where they are not Nova's defaults. */
export type MdevTypeArgs = InputOf<MdevTypeWish>;

/** One device that is made now and at every boot, for guests that are not Nova's. */
export type MdevDeviceArgs = InputOf<MdevDeviceWish>;

export interface MediatedDevicesArgs {
  readonly connection: ConnectionArgs;
  /** Types that Nova makes for guests, each with the parents it makes them of. Default []. */
  readonly types?: pulumi.Input<readonly MdevTypeArgs[]>;
  /** Devices by UUID, for users without Nova. Default []. */
  readonly devices?: pulumi.Input<readonly MdevDeviceArgs[]>;
  /** Which cloud; {} for what OS_CLOUD or the OS_* variables say. Absent: none is asked, and what Placement offers is not proven. */
  readonly cloud?: CloudArgs;
  /** Nova's name for the host. Default: the host's own name. */
  readonly computeHost?: pulumi.Input<string>;
  /** Where guests ask for a licence: tried once from the host when the program runs, which is a hint and nothing more. */
  readonly licenceServer?: InputOf<LicenceServer>;
  /** systemd unit that is restarted. Default "nova-compute.service". */
  readonly unit?: pulumi.Input<string>;
  /** Seconds that Nova has to be up again and Placement to show the parents. Default 300. */
  readonly deadlineSeconds?: pulumi.Input<number>;
}

/**
 * Shares cards by mediated devices (NVIDIA vGPU of kernels that have them, Intel GVT-g). For Nova: one drop-in that names every parent of every type,
 * a restart of nova-compute, and a wait until Nova and Placement show just that; Nova makes the devices. Without Nova: devices by UUID, made now and
 * by a unit of ours at every boot. Removing this takes all of it away, and is refused while a guest has one of the devices.
 */
export class MediatedDevices extends HostResource {
  /** "nvidia-35 on 0000:65:00.0" of what Nova makes, when the host was last read. */
  declare readonly offered: pulumi.Output<readonly string[]>;
  /** UUIDs of `devices` that are there. */
  declare readonly made: pulumi.Output<readonly string[]>;
  /** Our drop-in of nova-compute. */
  declare readonly file: pulumi.Output<string>;

  constructor(name: string, args: MediatedDevicesArgs, options: HostResourceOptions = {}) {
    super("MediatedDevices", name, args, options);
  }
}
