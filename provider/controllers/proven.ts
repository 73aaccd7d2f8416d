import type { HostFacts } from "../facts/hostFacts";
import { planIommuVerification, type IommuVerificationDesired } from "../plan/iommuVerification";
import type { Proof } from "./record";

/**
 * Why the cards do not count as proven now; undefined when they do. Both must say so: the verification of this run, and the facts that were
 * read a moment ago.
 */
export function provenNow(facts: HostFacts, verification: IommuVerificationDesired, proof: Proof | undefined): string | undefined {
  const now = planIommuVerification(facts, verification);
  if (now.outputs?.["ready"] !== true) return `not every card is proven ready: ${Object.entries(now.lines).map(([card, says]) => `${card}: ${says}`).join("; ")}. Once a run proves every card, that run does it.`;
  if (proof === undefined || !proof.ready) return "its IommuVerification has not proven the host ready in this run, and nothing is offered or marked without that. Look at how it ended, then run again.";
  if (proof.fingerprint !== now.outputs["fingerprint"]) return `the host changed since its IommuVerification (proven ${proof.fingerprint}, now ${String(now.outputs["fingerprint"])}). What waits for it is done by a run that finds the same before and after: run again.`;
  return undefined;
}
