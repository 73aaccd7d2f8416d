import { CloudUnreachableError } from "../errors";
import type { HostFacts } from "../facts/hostFacts";
import { known } from "../facts/reading";
import type { CloudStep } from "../plan/cloudStep";
import type { CloudPort } from "./cloudPort";

/** A heartbeat counts for the restarted process only when it is later than the restart: the old one may have sent one since the plan. */
export async function sinceNow(steps: readonly CloudStep[], facts: HostFacts, cloud: CloudPort, host: string): Promise<readonly CloudStep[]> {
  if (!steps.some(({ kind }) => kind === "waitForComputeService")) return steps;
  // A cloud that is slow at this moment has the whole deadline to get over it.
  const now = await cloud.observe(host).catch((cause: unknown) => {
    if (cause instanceof CloudUnreachableError) return facts.cloud === undefined ? undefined : known(facts.cloud);
    throw cause;
  });
  const since = now?.service?.updatedAt ?? undefined;
  return steps.map((step) => (step.kind === "waitForComputeService" && since !== undefined ? { ...step, since } : step));
}
