import type { HostFacts } from "../facts/hostFacts";
import { planIommuVerification, type IommuVerificationDesired } from "../plan/iommuVerification";
import type { Proof } from "./record";

/**
 * Why the cards do not count as proven now; undefined when they do. Both must say so: the verification of this run, and the facts that were
 * read a moment ago.
 */
export function provenNow(facts: HostFacts, verification: IommuVerificationDesired, proof: Proof | undefined): string | undefined {
  const now = planIommuVerification(facts, verification);
  if (now.outputs?.["ready"] !== true) return `not every card is proven ready: ${Object.entries(now.lines).map(([card, says]) => `${card}: ${says}`).join("; ")}`;
  if (proof === undefined || !proof.ready) return "its IommuVerification has not proven the host ready in this run.";
  if (proof.fingerprint !== now.outputs["fingerprint"]) return `the host changed since its IommuVerification (proven ${proof.fingerprint}, now ${String(now.outputs["fingerprint"])}). Run again.`;
  return undefined;
}
