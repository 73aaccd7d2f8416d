import type * as pulumi from "@pulumi/pulumi";
import type { CloudArgs, ConnectionArgs } from "./args";
import { HostResource, type HostResourceOptions } from "./hostResource";

export interface DrainArgs {
  /** Which cloud. Default {}: what OS_CLOUD or the OS_* variables say. */
  readonly cloud?: CloudArgs;
  /** Nova's name for the host. Default: the host's own name. */
  readonly computeHost?: pulumi.Input<string>;
  /** Servers, by name or id, and what may happen to each: { "train-7": "stops" }. A running server that is not named is a refusal. Default {}. */
  readonly instances?: pulumi.Input<Readonly<Record<string, pulumi.Input<"live-migrates" | "cold-migrates" | "stops">>>>;
  /** Seconds for each server, and for nova-compute to be up again. Default 600. */
  readonly deadlineSeconds?: pulumi.Input<number>;
}

export interface HostRebootArgs {
  readonly connection: ConnectionArgs;
  /** Arguments that must be on the running kernel's command line. Default []. */
  readonly arguments?: pulumi.Input<readonly pulumi.Input<string>[]>;
  /** Arguments, as in KernelArguments.shouldNotExist, that must not. Default []. */
  readonly absentArguments?: pulumi.Input<readonly pulumi.Input<string>[]>;
  /** PCI address to the driver that function must be running on. Default {}. */
  readonly drivers?: pulumi.Input<Readonly<Record<string, pulumi.Input<string>>>>;
  /** "whenNeeded" (default) reboots when something wanted is not running; "never" says what waits and leaves it to you. */
  readonly policy?: pulumi.Input<"never" | "whenNeeded">;
  /** Guests, by name or UUID, that the reboot may stop: { "build-7": "stops" }. Any other running guest is a refusal. Default {}. */
  readonly guests?: pulumi.Input<Readonly<Record<string, pulumi.Input<"stops">>>>;
  /** Takes the host out of scheduling before the reboot and puts it back after it, also when a run died in between. Absent: the cloud is not asked. */
  readonly drain?: pulumi.Input<DrainArgs>;
  /** Seconds from the order to reboot until the host has to answer from another boot. Default 600. */
  readonly deadlineSeconds?: pulumi.Input<number>;
}

/**
 * Makes the running kernel what the stack asks for, by a reboot where one is needed: at most once per boot and reason. The first boot into
 * changed arguments is a trial: an extra entry chosen for one boot, so that a power cycle brings back what ran before; once the host was
 * seen running as wanted, that becomes the default.
 *
 * It judges from what is read of the host, never from other resources' outputs. Fails with "did not go down", "did not come back" or "came
 * back, but without what the reboot was for". A destroy never reboots.
 */
export class HostReboot extends HostResource {
  /** True when everything asked for runs. */
  declare readonly running: pulumi.Output<boolean>;
  /** What is asked for and does not run: with policy "never", what waits for your reboot. */
  declare readonly waitsFor: pulumi.Output<readonly string[]>;

  constructor(name: string, args: HostRebootArgs, options?: HostResourceOptions) {
    super("HostReboot", name, args, options);
  }
}
