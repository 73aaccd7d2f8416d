import { parseCommandLine, sameParameter } from "../facts/commandLine";
import type { KernelArgumentsDesired } from "../plan/kernelArguments";
import { connectionSchema } from "./connection";
import { fields, listOf } from "./fields";
import { argumentWish, kernelArgument } from "./kernelArgument";
import { parseWith } from "./report";
import type { ParseResult } from "./report";

const schema = fields({
  connection: connectionSchema.exactOptional(),
  shouldExist: listOf(argumentWish, "kernel arguments").default([])
    .describe('Arguments that every boot must have: "intel_iommu=on". Of list-valued ones (pci=, intel_iommu=, iommu=, ...) each element is merged into the list that stands.'),
  shouldNotExist: listOf(kernelArgument, "kernel arguments").default([])
    .describe('Arguments that no boot may have: "name=value" exactly, "name" as a bare flag, "name=*" with any value, "pci=noaer" as an element of the list.'),
}).superRefine(({ shouldExist, shouldNotExist }, context) => {
  shouldNotExist.forEach((item, at) => {
    const both = shouldExist.find((each) => takesAway(item, each));
    if (both !== undefined) context.addIssue({ code: "custom", path: ["shouldNotExist", at], message: `"${item}" takes away "${both}", which shouldExist asks for` });
  });
});

function takesAway(item: string, wish: string): boolean {
  const [no, yes] = [parseCommandLine(item)[0], parseCommandLine(wish)[0]];
  if (no === undefined || yes === undefined || !sameParameter(no.name, yes.name)) return false;
  if (no.value === null || yes.value === null) return no.value === yes.value;
  if (no.value === "*" || no.value === yes.value) return true;
  const elements = yes.value.split(",");
  return no.value.endsWith("=*") ? elements.some((each) => each.startsWith(no.value?.slice(0, -1) ?? "")) : no.value.split(",").some((each) => elements.includes(each));
}

/** Inputs of KernelArguments; never throws. */
export function parseKernelArguments(inputs: unknown): ParseResult<KernelArgumentsDesired> {
  return parseWith(schema, inputs);
}

export { schema as kernelArgumentsSchema };
