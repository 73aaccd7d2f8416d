import type { AppArmorRulesDesired } from "../plan/appArmorRules";
import { connectionSchema } from "./connection";
import { fields, listOf, textLike } from "./fields";
import { parseWith } from "./report";
import type { ParseResult } from "./report";

/** One rule for one path pattern, reading and writing at most: what a guest may execute or become is none of a host's additions. */
const fileRule = textLike(/^(?:owner )?\/[^\s"#,{}]*(?:\{[^\s"#{}]*\}[^\s"#,{}]*)* [rwkml]{1,5},$/, 'a file rule as AppArmor writes it, of "r", "w", "k", "l", "m" only and with its comma, such as "/dev/hugepages/** rw,"');

const packagedFile = textLike(/^\/etc\/apparmor\.d\/(abstractions\/libvirt-qemu|libvirt\/TEMPLATE\.qemu|usr\.lib\.libvirt\.virt-aa-helper)$/,
  "one of /etc/apparmor.d/abstractions/libvirt-qemu, /etc/apparmor.d/libvirt/TEMPLATE.qemu, /etc/apparmor.d/usr.lib.libvirt.virt-aa-helper");

const schema = fields({
  connection: connectionSchema.exactOptional(),
  guestRules: listOf(fileRule, "rules").default([]).describe("File rules that every guest gets, beside the one that taking a card back needs."),
  restorePackaged: listOf(packagedFile, "paths").default([]).describe("Packaged files that were edited or overwritten and are to be put back as shipped, each by name."),
});

/** Inputs of AppArmorRules; never throws. */
export function parseAppArmorRules(inputs: unknown): ParseResult<AppArmorRulesDesired> {
  return parseWith(schema, inputs);
}

export { schema as appArmorRulesSchema };
