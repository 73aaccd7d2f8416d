import type { HostFacts } from "../facts/hostFacts";
import { unreadable } from "../facts/reading";
import type { Host } from "../host/host";
import type { Aspect } from "./aspect";

/** The facts with whether the host reaches what the kind asks about. Only a program asks: what comes of it decides nothing. */
export async function withReached<D>(aspect: Aspect<D>, facts: HostFacts, desired: D, reach: Host["reaches"]): Promise<HostFacts> {
  const address = aspect.asks?.(desired);
  if (address === undefined) return facts;
  try {
    return { ...facts, reached: await reach(address.host, address.port) };
  } catch (error) {
    return { ...facts, reached: unreadable(error instanceof Error ? error.message : String(error)) };
  }
}
