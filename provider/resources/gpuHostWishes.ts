import * as pulumi from "@pulumi/pulumi";
import { GpuhostError } from "../errors";
import type { Connection } from "../host/connection";
import { boundDrivers } from "../plan/vfioBinding";
import { parseVfioBinding } from "../schema/vfioBinding";
import type { KernelArgumentsArgs } from "./kernelArguments";
import { currentRun } from "./program";

/** Whether these arguments switch the IOMMU on where it is off by argument. Off in firmware is another matter, and judged by the facts. */
export function turnsIommuOn(wanted: Omit<KernelArgumentsArgs, "connection">): pulumi.Output<boolean> {
  return pulumi.output([wanted.shouldExist ?? [], wanted.shouldNotExist ?? []]).apply(([adds = [], removes = []]) =>
    adds.some((one) => /^(intel_iommu=(.*,)?on(,|$)|amd_iommu=force_enable|iommu=force)/.test(one)) ||
    removes.some((one) => /^(intel_iommu|amd_iommu|iommu)=(off|\*)$/.test(one)));
}

/**
 * Drivers that must be running after the reboot, companions and accepted members included, from what was read of the host: what HostReboot
 * is to do may not come out of another resource's outputs. Nothing where the host cannot be read; then nothing is done either.
 */
export function boundDriversOf(binding: pulumi.Inputs): pulumi.Output<Record<string, string>> {
  const run = currentRun();
  return pulumi.output(binding).apply(async (fields: Record<string, unknown>) => {
    const parsed = parseVfioBinding(fields);
    if ("errors" in parsed) return {};
    try {
      return boundDrivers(await run.facts(fields["connection"] as Connection), parsed.desired);
    } catch (error) {
      if (error instanceof GpuhostError) return {};
      throw error;
    }
  });
}
