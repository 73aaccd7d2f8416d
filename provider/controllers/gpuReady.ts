import { planGpuReady } from "../plan/gpuReady";
import type { GpuReadyDesired } from "../plan/gpuReadyMarks";
import { undoGpuReady } from "../plan/undoGpuReady";
import { computeHostOf } from "../plan/cloudHost";
import { parseGpuReady } from "../schema/gpuReady";
import type { Aspect } from "./aspect";
import { provenNow } from "./proven";

export const gpuReady: Aspect<GpuReadyDesired> = {
  kind: "GpuReady",
  outputs: ["marked", "fingerprint", "bootId"],
  unread: { marked: false, fingerprint: "" },
  mayClose: true,
  parse: parseGpuReady,
  cloud: (facts, { cloud, computeHost }) => ({ connection: cloud, host: computeHostOf(facts, computeHost) }),
  plan: planGpuReady,
  undo: undoGpuReady,
  bars: (facts, plan, { verification }, proof) => {
    const promotes = (plan.cloud ?? []).some(({ kind }) => kind === "addTrait" || kind === "joinAggregate" || kind === "enableComputeService");
    return promotes ? provenNow(facts, verification, proof) : undefined;
  },
};
