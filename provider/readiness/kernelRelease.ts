import type { HostFacts } from "../facts/hostFacts";
import { known } from "../facts/reading";

/** Undefined when the release was not read. */
export function kernelAtLeast(facts: HostFacts, major: number, minor: number): boolean | undefined {
  const match = /^(\d+)\.(\d+)/.exec(known(facts.system.kernelRelease) ?? "");
  if (match === null) return undefined;
  const [is, isMinor] = [Number(match[1]), Number(match[2])];
  return is > major || (is === major && isMinor >= minor);
}
