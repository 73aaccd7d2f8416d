import type { HostFacts } from "../facts/hostFacts";
import { unreadable, value } from "../facts/reading";
import { GpuhostError } from "../errors";
import type { CloudConnection } from "../facts/cloud/cloudConnection";
import type { Aspect } from "./aspect";
import type { CloudPort } from "./cloudPort";

type OpenCloud = (connection: CloudConnection) => Promise<CloudPort>;

let open: OpenCloud | undefined;

/** Says how clouds are opened from now on in this process; test beds put their own here. */
export function openCloudsWith(opener: OpenCloud): void {
  open = opener;
}

export function openCloud(connection: CloudConnection): Promise<CloudPort> {
  if (open === undefined) throw new Error("no way to open clouds was set up");
  return open(connection);
}

/** The facts with what the aspect's cloud says. A cloud that does not answer is a fact too: the plan then refuses by name. */
export async function withCloud<D>(aspect: Aspect<D>, facts: HostFacts, desired: D): Promise<HostFacts> {
  const query = aspect.cloud?.(facts, desired);
  if (query === undefined) return facts;
  try {
    const cloud = await openCloud(query.connection);
    return { ...facts, cloud: value(await cloud.observe(query.host)) };
  } catch (error) {
    if (!(error instanceof GpuhostError)) throw error;
    return { ...facts, cloud: unreadable(error.message) };
  }
}
