import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { assumedRelease, deviceSpecKeys } from "../../../provider/facts/nova/release";
import { judgeAlias, judgeAliases } from "../../../provider/readiness/nova/alias";
import { judgeDeviceSpec } from "../../../provider/readiness/nova/deviceSpec";
import { aCard, factsOf, gpu } from "../../facts/trees";

interface Case {
  readonly kind: "spec" | "alias";
  readonly values: readonly string[];
  readonly placement: boolean;
  readonly takes: Readonly<Record<string, boolean>>;
}

const { cases } = JSON.parse(readFileSync(join(__dirname, "cases/as-nova-takes-them.json"), "utf8")) as { cases: readonly Case[] };
const nova = (major: number): { major: number; certain: boolean } => ({ major, certain: true });

describe("what the real Nova takes is taken, and what it refuses is refused", () => {
  test.each(cases.map((one) => [one.kind, one.values.join(" "), one] as const))("%s %s", (_, __, { kind, values, placement, takes }) => {
    for (const [release, taken] of Object.entries(takes)) {
      const judged = kind === "spec" ? values.map((value) => judgeDeviceSpec(value, nova(Number(release)), { reportInPlacement: placement })) : judgeAliases(values, nova(Number(release)), placement);
      // A network interface by name is refused later than at this point of Nova, when the resources are reported.
      const ours = judged.every(({ verdict, why }) => verdict !== "reject" || why.includes("devname ("));
      expect([release, ours]).toEqual([release, taken]);
    }
  });

  test("there are enough of both", () => {
    expect(cases.filter(({ takes }) => takes["34"]).length).toBeGreaterThan(20);
    expect(cases.filter(({ takes }) => !takes["34"]).length).toBeGreaterThan(100);
  });
});

describe("device_spec", () => {
  test.each([
    ['{"vendor_id":"10de","product_id":"20b5"}', "accept", /every 10de:20b5/],
    ['{"address":"0000:65:00.0"}', "accept", /at 0000:65:00\.0/],
    ["{}", "warn", /every PCI device/],
    ['{"address":{"bus":".*","function":"[0-7]"}}', "warn", /every PCI device/],
    ["[]", "warn", /exposes nothing/],
    ['{"address":"0000:65:00.0","manged":"no"}', "warn", /"manged".*managed is meant/],
    ['{"address":"0000:65:00.0","vendor_id ":"10de"}', "warn", /vendor_id is meant/],
    ['{"vendor_id":"10de","address":{"bus":"65","func":"0"}}', "warn", /ignores "func"/],
    ["{'vendor_id':'10de'}", "reject", /double quotes/],
    ['{"vendor_id":"10de",}', "reject", /comma before a closing/],
    ['{"vendor_id":4318}', "reject", /must be a text/],
    ['{"address":"0000:65:00.0","devname":"eth0"}', "reject", /exclude each other/],
    ['{"address":"0000:6?:00.0"}', "reject", /hex number/],
    ['{"address":{"function":"[0-7"}}', "reject", /regular expression of Python/],
  ] as const)("%s: %s", (value, verdict, why) => {
    expect(judgeDeviceSpec(value, nova(34), { reportInPlacement: false })).toEqual({ verdict, why: expect.stringMatching(why) });
  });

  test.each([...deviceSpecKeys].filter(([, since]) => since > 0))("%s does nothing before release %i", (key, since) => {
    const value = JSON.stringify({ address: "0000:65:00.0", [key]: "no" });
    expect(judgeDeviceSpec(value, nova(since - 1), { reportInPlacement: true }).why).toContain(`${key} does nothing before release ${since}`);
    expect(judgeDeviceSpec(value, nova(since), { reportInPlacement: true }).verdict).toBe("accept");
  });

  test("a companion of a live card is not a device of its own", () => {
    const facts = factsOf(aCard());
    expect(judgeDeviceSpec('{"vendor_id":"10de"}', nova(34), { reportInPlacement: false }, facts)).toEqual({ verdict: "warn", why: expect.stringContaining("companion") });
    expect(judgeDeviceSpec(JSON.stringify({ address: gpu }), nova(34), { reportInPlacement: false }, facts).verdict).toBe("accept");
  });

  test("an unknown release is judged by the newest, and that is said", () => {
    expect(judgeDeviceSpec('{"address":"0000:65:00.0"}', assumedRelease, { reportInPlacement: false }).why).toMatch(/Nova 34 \(the newest, since no installed version was read\)/);
  });

  test("no text makes the judge fail", () => {
    fc.assert(fc.property(fc.oneof(fc.string(), fc.json()), fc.integer({ min: 26, max: 35 }), fc.boolean(), (value, major, reportInPlacement) => {
      expect(judgeDeviceSpec(value, nova(major), { reportInPlacement }).why).not.toBe("");
      expect(judgeAlias(value, nova(major), { pciInPlacement: reportInPlacement, earlier: [] }).why).not.toBe("");
    }));
  });
});

describe("alias", () => {
  const type = (of: string): string => JSON.stringify({ name: "g", vendor_id: "10de", product_id: "20b5", device_type: of });
  const live = (totalVfs: string | undefined): ReturnType<typeof factsOf> => factsOf(aCard({ gpu: totalVfs === undefined ? {} : { attributes: { sriov_totalvfs: totalVfs } } }));

  test.each([["type-PF", "16", "accept"], ["type-PCI", "16", "warn"], ["type-PCI", undefined, "accept"], ["type-PF", undefined, "warn"], ["type-VF", undefined, "warn"]])("%s on a card with %s virtual functions: %s", (asked, total, verdict) => {
    expect(judgeAlias(type(asked), nova(34), { pciInPlacement: false, earlier: [] }, live(total)).verdict).toBe(verdict);
  });

  test.each([
    ['{"name":"g","vendor_id":"10de"}', 31, "warn"], ['{"name":"g","vendor_id":"10de"}', 32, "reject"],
    ['{"name":"g","resource_class":"PGPU"}', 26, "reject"], ['{"name":"g:1","vendor_id":"10de","product_id":"20b5"}', 34, "warn"],
    ['{"name":"g","vendor_id":"10de","product_id":"20b5","live_migratable":"yes"}', 30, "reject"], ['{"name":"g","vendor_id":"10de","product_id":"20b5","live_migratable":"yes"}', 31, "accept"],
  ] as const)("%s for release %i: %s", (value, major, verdict) => {
    expect(judgeAlias(value, nova(major), { pciInPlacement: false, earlier: [] }).verdict).toBe(verdict);
  });

  test("a name that comes again needs the same type, and is not allowed with pci_in_placement", () => {
    const bare = '{"name":"g","vendor_id":"10de","product_id":"20b6"}';
    const verdicts = (values: readonly string[], placement: boolean): string[] => judgeAliases(values, nova(34), placement).map(({ verdict }) => verdict);
    expect(verdicts([type("type-PF"), type("type-PF")], false)).toEqual(["accept", "accept"]);
    expect(verdicts([type("type-PF"), type("type-PF")], true)).toEqual(["accept", "reject"]);
    expect(verdicts([type("type-PF"), type("type-VF")], false)).toEqual(["accept", "reject"]);
    expect(verdicts([bare, bare], false)).toEqual(["accept", "reject"]);
  });
});
