import { z } from "zod";
import type { NovaPciAliasDesired } from "../plan/novaPciAlias";
import { connectionSchema } from "./connection";
import { fields, listOf, shown } from "./fields";
import { aliasSchema, unitName } from "./novaPci";
import { parseWith } from "./report";
import type { ParseResult } from "./report";

const schema = fields({
  connection: connectionSchema.exactOptional(),
  aliases: listOf(aliasSchema, "aliases").min(1, { error: "name at least one alias" }).describe("Names that flavors ask for, the same as on the compute hosts."),
  pciInPlacement: z.boolean({ error: (issue) => `expected true or false, found ${shown(issue.input)}` }).exactOptional()
    .describe("[filter_scheduler]pci_in_placement: only after every compute host reports its PCI devices to Placement. Absent: left as it is."),
  units: listOf(unitName, "systemd units").exactOptional().describe("Units that are restarted. Default: those of the services of Nova that run on the host."),
}).superRefine((of, context) => {
  for (const [at, alias] of of.aliases.entries()) {
    const byIds = alias.vendorId !== undefined && alias.productId !== undefined;
    if (!byIds && alias.resourceClass === undefined) {
      context.addIssue({ code: "custom", path: ["aliases", at], message: "give vendorId and productId (there is no card on a controller to take them from), or a resourceClass" });
    }
    if (alias.deviceType === undefined) {
      context.addIssue({ code: "custom", path: ["aliases", at, "deviceType"], message: 'say "type-PCI", "type-PF" or "type-VF": Nova takes type-PCI where it is left out, and then finds no card that could have virtual functions' });
    }
  }
  const names = of.aliases.map(({ name }) => name);
  if (new Set(names).size < names.length) context.addIssue({ code: "custom", path: ["aliases"], message: "a name is given twice: Nova would take either kind of device for it" });
});

/** Inputs of NovaPciAlias; never throws. */
export function parseNovaPciAlias(inputs: unknown): ParseResult<NovaPciAliasDesired> {
  return parseWith(schema, inputs);
}

export { schema as novaPciAliasSchema };
