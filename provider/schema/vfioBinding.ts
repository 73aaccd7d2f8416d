import { z } from "zod";
import type { VfioBindingDesired } from "../plan/vfioBinding";
import { namesACard, noCard } from "./atLeastOneCard";
import { connectionSchema } from "./connection";
import { driverName, fields, listOf, oneOf, pciAddress, pciIds, shown, text } from "./fields";
import { parseWith } from "./report";
import type { ParseResult } from "./report";

const acknowledge = listOf(text('a reason such as "mount:/data"'), "reasons").default([])
  .describe('Reasons, as a refusal names them ("mount:/data", "boot-display"), for which the host may lose it all the same.');

const schema = fields({
  connection: connectionSchema.exactOptional(),
  cards: listOf(fields({
    address: pciAddress.describe("PCI address of the card's first function; the other functions of its slot go along."),
    id: pciIds.describe("What must be found there: another card at the address is left alone, now and at every boot."),
    acknowledge,
  }), "cards").default([]).describe("Cards that go to vfio-pci."),
  byIds: listOf(pciIds, "ids").default([])
    .describe("Ids that go to vfio-pci wherever they are: every display or accelerator function of them that is there, judged like a named card, and any that is put in later."),
  acceptGroupMembers: listOf(fields({
    address: pciAddress.describe("PCI address of a function that shares a card's IOMMU group."),
    becomes: oneOf(["vfio-pci", "pci-stub"]).describe('"vfio-pci": it can go to the guest along with the card. "pci-stub": nobody uses it.'),
    acknowledge,
  }), "group members").default([]).describe("Foreign members of the cards' IOMMU groups that go along, each by name. Whoever is not named here is a refusal."),
  driver: driverName.default("vfio-pci")
    .describe('"vfio-pci" (default), "auto" (the variant driver that the kernel has for the card, for example nvgrace_gpu_vfio_pci), or a driver\'s name.'),
  now: oneOf(["never", "whenIdle"]).default("never").describe('"never" (default): from the next boot on. "whenIdle": also now, where nothing uses the card.'),
  iommuWillBeOn: z.boolean({ error: (issue) => `expected true or false, found ${shown(issue.input)}` }).default(false)
    .describe("True when the same stack turns the IOMMU on: the binding is then staged although no group is known yet."),
}).refine(namesACard, noCard).superRefine(({ cards, byIds, acceptGroupMembers }, context) => {
  byIds.forEach((id, at) => {
    if (byIds.indexOf(id) !== at) context.addIssue({ code: "custom", path: ["byIds", at], message: `${id} is named twice` });
  });
  const slots = cards.map((card) => card.address.slice(0, card.address.lastIndexOf(".")));
  cards.forEach((card, at) => {
    if (slots.indexOf(slots[at] ?? "") !== at) context.addIssue({ code: "custom", path: ["cards", at, "address"], message: `${card.address} is in the slot of a card named before: all functions of a slot go along by themselves` });
  });
  acceptGroupMembers.forEach(({ address }, at) => {
    if (slots.includes(address.slice(0, address.lastIndexOf(".")))) context.addIssue({ code: "custom", path: ["acceptGroupMembers", at, "address"], message: `${address} is a function of a named card and goes along by itself` });
  });
});

/** Inputs of VfioBinding; never throws. */
export function parseVfioBinding(inputs: unknown): ParseResult<VfioBindingDesired> {
  return parseWith(schema, inputs);
}

export { schema as vfioBindingSchema };
