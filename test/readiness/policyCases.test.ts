import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { Finding, TrustLevel } from "../../provider/readiness/finding";
import type { GpuPolicy, PolicyException } from "../../provider/readiness/gpuPolicy";
import { applyPolicy, hostRefusals, hostRefusalsPassed, unusedExceptions } from "../../provider/readiness/policy";
import { rank } from "../../provider/readiness/ruleNames";

interface PolicyCase {
  readonly name: string;
  readonly finding: Pick<Finding, "rule" | "severity" | "addresses">;
  readonly level: TrustLevel;
  readonly reviewed?: GpuPolicy;
  readonly today?: string;
  /** Left out: the finding is about the host. */
  readonly card?: string;
  /** All of it that the policy has changed. */
  readonly becomes: Partial<Finding>;
}

const { cases } = JSON.parse(readFileSync(join(__dirname, "policy-cases.json"), "utf8")) as { readonly cases: readonly PolicyCase[] };

const whole = (finding: PolicyCase["finding"]): Finding => ({ ...finding, says: "It is so.", remedy: "Do this." });

function changed({ finding, level, reviewed, today, card }: PolicyCase): Partial<Finding> {
  const before = whole(finding);
  const after = applyPolicy([before], { trustLevel: level, reviewed }, today, card);
  expect(after).toHaveLength(1);
  return Object.fromEntries(Object.entries(after[0] ?? {}).filter(([key, value]) => JSON.stringify(value) !== JSON.stringify(before[key as keyof Finding])));
}

describe("what a policy makes of a finding", () => {
  test.each(cases.map((one) => [one.name, one] as const))("%s", (_, one) => {
    expect(changed(one)).toEqual(one.becomes);
  });
});

describe("the host's refusals and exceptions of one card", () => {
  const [card, other] = ["0000:65:00.0", "0000:a1:00.0"];
  const exception = (rule: PolicyException["rule"], address = card, expires = "2027-01-01"): PolicyException => ({ host: "hv1", rule, address, expires, reason: "tested", owner: "alice" });
  const policy = (...exceptions: PolicyException[]) => ({ trustLevel: "multi-tenant", reviewed: { exceptions } }) as const;
  const host = [whole({ rule: "noiommu-mode", severity: "refuse", addresses: [] }), whole({ rule: "unsafe-interrupts", severity: "refuse", addresses: [] }), whole({ rule: "acs-override", severity: "warn", addresses: [] })];

  test("one that passes is a warning of the card, and no longer refuses it", () => {
    const passed = hostRefusalsPassed(host, policy(exception("noiommu-mode"), exception("acs-override")), "2026-11-21", card);
    expect(passed.map(({ rule, severity, addresses }) => [rule, severity, addresses])).toEqual([["noiommu-mode", "warn", [card]]]);
    expect(hostRefusals(host, { address: card, findings: passed }).map(({ rule }) => rule)).toEqual(["unsafe-interrupts"]);
    expect(hostRefusals(host, { address: other, findings: passed }).map(({ rule }) => rule)).toEqual(["noiommu-mode", "unsafe-interrupts"]);
  });

  test("one whose exception has expired is said, and refuses", () => {
    const lapsed = hostRefusalsPassed(host, policy(exception("noiommu-mode", card, "2026-11-20")), "2026-11-21", card);
    expect(lapsed.map(({ rule, severity }) => [rule, severity])).toEqual([["noiommu-mode", "refuse"]]);
    expect(hostRefusals(host, { address: card, findings: lapsed }).map(({ rule }) => rule)).toEqual(["noiommu-mode", "unsafe-interrupts"]);
  });

  test("a warning of the card's own under the host's rule lets nothing of the host pass", () => {
    const own = whole({ rule: "noiommu-mode", severity: "warn", addresses: [card] });
    expect(hostRefusals(host, { address: card, findings: [own] })).toHaveLength(2);
    const about = { ...own, addresses: [card, other], exceptions: [{ address: other, reason: "tested", owner: "alice", expires: "2027-01-01", counts: true }] };
    expect(hostRefusals(host, { address: card, findings: [about] })).toHaveLength(2);
  });

  test("exceptions that let nothing pass are named, and those that do are not", () => {
    const used = { ...whole({ rule: "noiommu-mode", severity: "warn", addresses: [card] }), exceptions: [{ address: card, reason: "tested", owner: "alice", expires: "2027-01-01", counts: true }] };
    const unused = unusedExceptions(policy(exception("noiommu-mode"), exception("noiommu-mode", other), exception("ats-enabled")), [used, whole({ rule: "boot-display", severity: "warn", addresses: [card] })]);
    expect(unused.map(({ rule, severity, addresses, says }) => [rule, severity, addresses, says])).toEqual([
      ["exception-unused", "note", [other], `The exception for noiommu-mode of ${other} (alice, until 2027-01-01) lets nothing pass: no such refusal is there.`],
      ["exception-unused", "note", [card], `The exception for ats-enabled of ${card} (alice, until 2027-01-01) lets nothing pass: no such refusal is there.`],
    ]);
    expect(unusedExceptions({ trustLevel: "multi-tenant" }, [])).toEqual([]);
  });
});

test("worse is more", () => {
  expect([rank("note"), rank("warn"), rank("refuse")]).toEqual([0, 1, 2]);
});
