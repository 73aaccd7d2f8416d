import type { CloudHostFacts } from "../facts/cloud/cloudFacts";
import type { Progress } from "../host/host";
import type { CloudStep } from "../plan/cloudStep";

/** The control plane at the other end. Errors are GpuhostErrors that say which service, what it answered, and what to do. */
export interface CloudPort {
  /** One host as the control plane knows it, by Nova's name for it. */
  observe(host: string): Promise<CloudHostFacts>;
  /** One after the other; the first that fails throws, and those before it stay done. */
  carryOut(steps: readonly CloudStep[], progress: Progress): Promise<void>;
}
