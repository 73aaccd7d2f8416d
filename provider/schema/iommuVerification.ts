import type { z } from "zod";
import type { IommuVerificationDesired } from "../plan/iommuVerification";
import type { TrustLevel } from "../readiness/finding";
import type { GpuPolicy } from "../readiness/gpuPolicy";
import { namesACard, noCard } from "./atLeastOneCard";
import { connectionSchema } from "./connection";
import { fields, listOf, pciAddress, pciIds, text } from "./fields";
import { policySchema, trustLevel } from "./policy";
import { parseWith, UNKNOWN } from "./report";
import type { ParseResult } from "./report";

const judged = {
  cards: listOf(fields({
    address: pciAddress.describe("PCI address of the card's first function."),
    id: pciIds.describe("What must be found there."),
    members: listOf(pciAddress, "PCI addresses").exactOptional().describe("The whole IOMMU group as it was reviewed, the card itself and bridges included. Another group is not ready; who is named here is accepted."),
  }), "cards").describe("Cards that must be ready."),
  byIds: listOf(pciIds, "ids").exactOptional().describe("Ids whose every display or accelerator function on the host must be ready too, as VfioBinding takes them."),
  trustLevel: trustLevel.exactOptional().describe("How much the guests trust each other; decides what is a refusal and what a warning. Default: the policy's, else multi-tenant."),
  acceptedMembers: listOf(pciAddress, "PCI addresses").default([]).describe("Foreign members of a group that go to the guest along with the card."),
  acknowledgedUses: listOf(text('a reason such as "mount:/data"'), "reasons").default([]).describe("Reasons of critical uses that the host may lose."),
  policy: policySchema.exactOptional().describe("What gpu-policy.yaml says of this host."),
};

const ofOneHost = fields({ connection: connectionSchema.exactOptional(), ...judged }).refine(namesACard, noCard).superRefine((of, context) => {
  agree(of, context);
  const host = of.connection?.host;
  for (const [at, exception] of (of.policy?.exceptions ?? []).entries()) {
    if (host !== undefined && host !== UNKNOWN && exception.host !== host) context.addIssue({ code: "custom", path: ["policy", "exceptions", at, "host"], message: `the exception is for ${exception.host}, and this is ${host}` });
  }
});
const schema = ofOneHost.transform(withTrustLevel);

/** What a verification judges, for the kinds that act on its outcome. */
export const verificationSchema = fields(judged).refine(namesACard, noCard).superRefine(agree).transform(withTrustLevel)
  .describe("The inputs of the IommuVerification that this rests on.");

interface Levels {
  readonly trustLevel?: TrustLevel | undefined;
  readonly policy?: Pick<GpuPolicy, "trustLevel"> | undefined;
}

/** Said in two places, the looser one would win unseen. */
function agree(of: Levels, context: z.core.$RefinementCtx): void {
  const [own, ofPolicy] = [of.trustLevel, of.policy?.trustLevel];
  if (own === undefined || ofPolicy === undefined || own === ofPolicy) return;
  context.addIssue({ code: "custom", path: ["trustLevel"], message: `the policy says ${ofPolicy} and this says ${own}: say it in one place` });
}

function withTrustLevel<T extends Levels>(of: T): T & { readonly trustLevel: TrustLevel } {
  return { ...of, trustLevel: of.trustLevel ?? of.policy?.trustLevel ?? "multi-tenant" };
}

/** Inputs of IommuVerification; never throws. */
export function parseIommuVerification(inputs: unknown): ParseResult<IommuVerificationDesired> {
  return parseWith(schema, inputs);
}

export { ofOneHost as iommuVerificationSchema };
