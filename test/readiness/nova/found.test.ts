import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { judgeNova, novaFindings } from "../../../provider/readiness/nova/report";
import { aCard, addFunction, factsOf, gpu } from "../../facts/trees";
import { hide } from "../cases";

interface Found {
  readonly name: string;
  /** In /etc/nova. */
  readonly files: Readonly<Record<string, string>>;
  /** Blocks of the answer "nova-services". */
  readonly services: readonly string[];
  /** virtual: the card has a virtual function, and there is a second card. Default: one card with its audio function. */
  readonly host?: "virtual";
  readonly answers?: Readonly<Record<string, string>>;
  readonly unreadable?: readonly string[];
  /** "SEVERITY RULE ADDRESSES: SAYS REMEDY" of all findings, whole. */
  readonly findings: readonly string[];
  /** "OPTION FILE VALUE: VERDICT" of all values, and "PATH: SERVICES" of all files. */
  readonly report: { readonly deviceSpec?: readonly string[]; readonly alias?: readonly string[]; readonly files?: readonly string[] };
}

const { cases } = JSON.parse(readFileSync(join(__dirname, "cases/what-is-found.json"), "utf8")) as { readonly cases: readonly Found[] };

function seen(of: Found): Pick<Found, "findings" | "report"> {
  const tree = aCard();
  if (of.host === "virtual") addFunction(addFunction(tree, "0000:a1:00.0", { ids: "10de:2330" }), "0000:65:00.4").addLink("/sys/bus/pci/devices/0000:65:00.4/physfn", `../${gpu}`);
  for (const [name, text] of Object.entries(of.files)) tree.addText(`/etc/nova/${name}`, text);
  if (of.services.length > 0) tree.addAnswer("nova-services", of.services.join("\n"));
  for (const [name, text] of Object.entries(of.answers ?? {})) tree.addAnswer(name, text);
  for (const path of of.unreadable ?? []) hide(tree, path);
  const facts = factsOf(tree);
  const nova = judgeNova(facts);
  const values = (list: NonNullable<typeof nova>["alias"]): string[] => list.map(({ option, file, value, verdict }) => `${option} ${file} ${value}: ${verdict}`);
  return {
    findings: novaFindings(facts).map(({ severity, rule, addresses, says, remedy }) => `${[severity, rule, ...addresses].join(" ")}: ${says} ${remedy}`),
    report: nova === undefined ? {} : { deviceSpec: values(nova.deviceSpec), alias: values(nova.alias), files: nova.files.map(({ path, readBy }) => `${path}: ${readBy.join(" ")}`) },
  };
}

describe("what is found in Nova's configuration is said whole", () => {
  test.each(cases.map((one) => [one.name, one] as const))("%s", (_, one) => {
    expect(seen(one)).toEqual({ findings: one.findings, report: one.report });
  });
});
