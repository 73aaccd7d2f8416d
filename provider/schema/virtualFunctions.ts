import type { VirtualFunctionsDesired } from "../plan/virtualFunctions";
import { connectionSchema } from "./connection";
import { driverName, fields, listOf, oneOf, pciAddress, pciIds, text, wholeNumber } from "./fields";
import { parseWith } from "./report";
import type { ParseResult } from "./report";

/** What PCI Express allows; a card's own limit is read from the host. */
const MOST = 65535;

const physicalFunction = fields({
  address: pciAddress.describe("PCI address of the physical function."),
  id: pciIds.describe("What must be found there: another card at the address is left alone, now and at every boot."),
  count: wholeNumber(0, MOST, "a number of virtual functions").describe("How many virtual functions it has; 0: none."),
  driver: driverName.default("vfio-pci")
    .describe('Driver of the virtual functions: "vfio-pci" (default), another driver\'s name, "host" (whichever the kernel gives), or "none".'),
  vgpuTypes: listOf(wholeNumber(0, 999_999, "the number of a vGPU type"), "numbers of vGPU types").exactOptional()
    .describe("NVIDIA's vGPU type of each virtual function, in their order, where the host's driver uses vendor-specific VFIO; 0: none. Left out: not touched."),
  acknowledge: listOf(text('a reason such as "address:eth0"'), "reasons").default([])
    .describe("Reasons, as a refusal names them, for which the physical function may be changed although the host uses it."),
}).superRefine(({ count, vgpuTypes, driver }, context) => {
  if (vgpuTypes !== undefined && vgpuTypes.length !== count) context.addIssue({ code: "custom", path: ["vgpuTypes"], message: `names ${vgpuTypes.length} types for ${count} virtual functions: one each, 0 for none` });
  if (vgpuTypes !== undefined && driver !== "host") context.addIssue({ code: "custom", path: ["driver"], message: `say "host": functions with a vGPU type stay on NVIDIA's driver, which offers them to VFIO itself` });
});

const schema = fields({
  connection: connectionSchema.exactOptional(),
  physicalFunctions: listOf(physicalFunction, "physical functions").min(1, "name at least one physical function").describe("Physical functions and how many virtual ones each has."),
  when: oneOf(["now", "nextBoot"]).default("now").describe('"now" (default): now and at every boot. "nextBoot": from the next boot on.'),
}).superRefine(({ physicalFunctions }, context) => {
  physicalFunctions.forEach(({ address }, at) => {
    if (physicalFunctions.findIndex((each) => each.address === address) !== at) context.addIssue({ code: "custom", path: ["physicalFunctions", at, "address"], message: `${address} is named twice` });
  });
});

/** Inputs of VirtualFunctions; never throws. */
export function parseVirtualFunctions(inputs: unknown): ParseResult<VirtualFunctionsDesired> {
  return parseWith(schema, inputs);
}

export { schema as virtualFunctionsSchema };
