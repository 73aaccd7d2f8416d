import { z } from "zod";
import { deviceTypes, numaPolicies } from "../facts/nova/alias";
import { resourceClassProblem, traitProblem } from "../flavor/placement";
import type { NovaPciDesired } from "../plan/novaWishes";
import { cloudSchema, computeHost } from "./cloud";
import { connectionSchema } from "./connection";
import { fields, listOf, oneOf, pciAddress, shown, text, textLike, wholeNumber } from "./fields";
import { verificationSchema } from "./iommuVerification";
import { parseWith } from "./report";
import type { ParseResult } from "./report";

const yesOrNo = z.boolean({ error: (issue) => `expected true or false, found ${shown(issue.input)}` });
/** Nova puts CUSTOM_ before a name that Placement does not know, without a word: what is waited for would never come. */
const placementName = (form: z.ZodString, problem: (name: string) => string | undefined): z.ZodString => form.superRefine((name, context) => {
  const message = problem(name);
  if (message !== undefined) context.addIssue({ code: "custom", message });
});
const resourceClass = placementName(textLike(/^[A-Z0-9_]+$/, 'a resource class such as "CUSTOM_GPU_A100" (capitals, digits and _)'), resourceClassProblem);
const traits = listOf(placementName(textLike(/^[A-Z0-9_]+$/, 'a trait such as "CUSTOM_NVLINK" (capitals, digits and _)'), traitProblem), "traits");
const id = textLike(/^[0-9a-f]{4}$/, "four hex digits in lower case, without 0x");

const deviceSpec = fields({
  address: pciAddress.describe("PCI address of the function that Nova may offer. It must be one of the verification's cards; companions are never offered."),
  resourceClass: resourceClass.exactOptional().describe("Resource class in Placement. Default CUSTOM_PCI_<vendor>_<product>. From Nova 26."),
  traits: traits.exactOptional().describe("Traits in Placement. From Nova 26."),
  physicalNetwork: text("a network's name").exactOptional().describe("For SR-IOV networks only."),
  trusted: yesOrNo.exactOptional().describe("For SR-IOV networks only."),
  remoteManaged: yesOrNo.exactOptional().describe("For virtual functions of a SmartNIC. From Nova 25."),
  managed: yesOrNo.exactOptional().describe("Whether libvirt binds and gives back the driver. Default of Nova: yes. From Nova 31."),
  liveMigratable: yesOrNo.exactOptional().describe("Whether the device can move with a running guest. Default of Nova: no. From Nova 31."),
  oneTimeUse: yesOrNo.exactOptional().describe("Whether the device stays reserved after a guest had it, until somebody cleared it. From Nova 32; needs report_in_placement."),
});

export const aliasSchema = fields({
  name: textLike(/^[^:,\s\0-\x1f\x7f]{1,256}$/, 'a name without ":", "," and blanks, since flavors write NAME:COUNT').describe("What a flavor asks for."),
  vendorId: id.exactOptional().describe("Default: the card's."),
  productId: id.exactOptional().describe("Default: the card's."),
  deviceType: oneOf(deviceTypes).exactOptional().describe("Default: what the live card is; one that could have virtual functions is type-PF."),
  numaPolicy: oneOf(numaPolicies).exactOptional().describe("Default of Nova: legacy."),
  resourceClass: resourceClass.exactOptional().describe("From Nova 27, with pci_in_placement."),
  traits: traits.exactOptional().describe("From Nova 27, with pci_in_placement."),
  liveMigratable: yesOrNo.exactOptional().describe("From Nova 31."),
});

export const unitName = textLike(/^[A-Za-z0-9:_.@-]{1,200}\.service$/, 'a systemd unit such as "nova-compute.service"');

const schema = fields({
  connection: connectionSchema.exactOptional(),
  cloud: cloudSchema.default({}),
  computeHost,
  deviceSpecs: listOf(deviceSpec, "cards").min(1, { error: "name at least one card" }).describe("Cards that Nova may offer to guests once they are proven."),
  aliases: listOf(aliasSchema, "aliases").default([]).describe("Names that flavors ask for, on this compute host. The controllers need the same: NovaPciAlias."),
  reportInPlacement: z.literal(true, { error: "expected true or nothing: Nova cannot turn report_in_placement off again" }).exactOptional()
    .describe("Turns [pci]report_in_placement on. It can never be turned off again on the host, so it is done by name only."),
  unit: unitName.default("nova-compute.service").describe("systemd unit that is restarted."),
  deadlineSeconds: wholeNumber(30, 3600, "seconds").default(300).describe("Seconds that Nova has to be up again and Placement to show the cards."),
  verification: verificationSchema,
}).superRefine((of, context) => {
  const named = new Set(of.deviceSpecs.map(({ address }) => address));
  for (const [at, { address }] of of.deviceSpecs.entries()) {
    if (!of.verification.cards.some((card) => card.address === address)) {
      context.addIssue({ code: "custom", path: ["deviceSpecs", at, "address"], message: `${address} is no card of the verification: what is not verified is never offered (a card's companions go along without being named)` });
    }
  }
  if (named.size < of.deviceSpecs.length) context.addIssue({ code: "custom", path: ["deviceSpecs"], message: "a card is named twice" });
  const names = of.aliases.map(({ name }) => name);
  if (new Set(names).size < names.length) context.addIssue({ code: "custom", path: ["aliases"], message: "a name is given twice: Nova would take either kind of device for it" });
});

/** Inputs of NovaPci; never throws. */
export function parseNovaPci(inputs: unknown): ParseResult<NovaPciDesired> {
  return parseWith(schema, inputs);
}

export { schema as novaPciSchema };
