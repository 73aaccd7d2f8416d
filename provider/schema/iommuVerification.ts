import type { IommuVerificationDesired } from "../plan/iommuVerification";
import { namesACard, noCard } from "./atLeastOneCard";
import { connectionSchema } from "./connection";
import { fields, listOf, oneOf, pciAddress, pciIds, text } from "./fields";
import { parseWith } from "./report";
import type { ParseResult } from "./report";

const judged = {
  cards: listOf(fields({
    address: pciAddress.describe("PCI address of the card's first function."),
    id: pciIds.describe("What must be found there."),
    members: listOf(pciAddress, "PCI addresses").exactOptional().describe("The whole IOMMU group as it was reviewed, the card itself and bridges included. Another group is not ready; who is named here is accepted."),
  }), "cards").describe("Cards that must be ready."),
  byIds: listOf(pciIds, "ids").exactOptional().describe("Ids whose every display or accelerator function on the host must be ready too, as VfioBinding takes them."),
  trustLevel: oneOf(["single-tenant", "trusted-projects", "multi-tenant"]).default("multi-tenant").describe("How much the guests trust each other; decides what is a refusal and what a warning."),
  acceptedMembers: listOf(pciAddress, "PCI addresses").default([]).describe("Foreign members of a group that go to the guest along with the card."),
  acknowledgedUses: listOf(text('a reason such as "mount:/data"'), "reasons").default([]).describe("Reasons of critical uses that the host may lose."),
};

const schema = fields({ connection: connectionSchema.exactOptional(), ...judged }).refine(namesACard, noCard);

/** What a verification judges, for the kinds that act on its outcome. */
export const verificationSchema = fields(judged).refine(namesACard, noCard).describe("The inputs of the IommuVerification that this rests on.");

/** Inputs of IommuVerification; never throws. */
export function parseIommuVerification(inputs: unknown): ParseResult<IommuVerificationDesired> {
  return parseWith(schema, inputs);
}

export { schema as iommuVerificationSchema };
