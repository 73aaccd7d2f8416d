import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { TreeSnapshot } from "../../../provider/facts/treeSnapshot";
import { judgeAliases } from "../../../provider/readiness/nova/alias";
import { judgeDeviceSpec } from "../../../provider/readiness/nova/deviceSpec";
import { aCard, addFunction, factsOf, gpu } from "../../facts/trees";
import { hide } from "../cases";

interface Said {
  readonly kind: "spec" | "alias";
  /** In the order in which Nova reads them. */
  readonly values: readonly unknown[];
  readonly release: number;
  /** `report_in_placement` for device_spec, `pci_in_placement` for alias. */
  readonly placement: boolean;
  /** One of `hosts`; default: no host at all. */
  readonly host?: string;
  /** "VERDICT: WHY" of each value, whole. */
  readonly said: readonly string[];
}

const other = "0000:a1:00.0";
const vfs = (count: string): TreeSnapshot => aCard({ gpu: { attributes: { sriov_totalvfs: count } } });
const virtual = (tree: TreeSnapshot): TreeSnapshot => addFunction(tree, "0000:65:00.4", { ids: "10de:20b6" }).addLink("/sys/bus/pci/devices/0000:65:00.4/physfn", `../${gpu}`);
const hosts: Readonly<Record<string, () => TreeSnapshot>> = {
  "one card": () => aCard(),
  "one card that can have virtual functions": () => vfs("16"),
  "one card that could have none": () => vfs("0"),
  "two cards that can have virtual functions": () => addFunction(vfs("16"), other, { attributes: { sriov_totalvfs: "16" } }),
  "two cards, one of which can have virtual functions": () => addFunction(vfs("16"), other),
  "one card with a virtual function": () => virtual(vfs("16")),
  "one card with a virtual function that is no GPU": () => addFunction(vfs("16"), "0000:65:00.4", { ids: "10de:20b6", class: "020000" }).addLink("/sys/bus/pci/devices/0000:65:00.4/physfn", `../${gpu}`),
  "one card of which that could not be read": () => hide(vfs("16"), `/sys/bus/pci/devices/${gpu}/sriov_totalvfs`),
  "a card of another vendor with the same number": () => aCard({ gpu: { ids: "1002:20b5", attributes: { sriov_totalvfs: "16" } } }),
};

const { cases } = JSON.parse(readFileSync(join(__dirname, "cases/what-is-said.json"), "utf8")) as { readonly cases: readonly Said[] };

function judged({ kind, values, release, placement, host }: Said): string[] {
  const facts = host === undefined ? undefined : factsOf(hosts[host]?.() ?? aCard());
  const texts = values.map((value) => (typeof value === "string" ? value : JSON.stringify(value)));
  const of = { major: release, certain: true };
  const judgements = kind === "alias" ? judgeAliases(texts, of, placement, facts) : texts.map((text) => judgeDeviceSpec(text, of, { reportInPlacement: placement }, facts));
  return judgements.map(({ verdict, why }) => `${verdict}: ${why}`);
}

describe("what a value means is said whole", () => {
  test.each(cases.map((one) => [one.kind, JSON.stringify(one.values), one.release, one.host ?? "no host", one] as const))("%s %s for release %i on %s", (_, __, ___, ____, one) => {
    expect(judged(one)).toEqual(one.said);
  });

  test("every host is one", () => {
    expect(cases.map(({ host }) => host ?? "one card").filter((name) => !(name in hosts))).toEqual([]);
  });
});
