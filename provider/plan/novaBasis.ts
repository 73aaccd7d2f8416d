import type { HostFacts } from "../facts/hostFacts";
import { sha256 } from "./hash";

/** A short text that is another one as soon as what Nova is told about PCI devices on this host is. */
export function novaBasis(facts: HostFacts): string {
  const files = [...facts.nova.files].filter(([, text]) => text.trim() !== "").sort(([a], [b]) => (a < b ? -1 : 1));
  return files.length === 0 ? "not configured" : sha256(JSON.stringify(files)).slice(0, 12);
}
