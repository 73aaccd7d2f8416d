import { describe, expect, test } from "vitest";
import { judge } from "../../provider/readiness/judge";
import { ruleNames } from "../../provider/readiness/ruleNames";
import { factsOf, gpu } from "../facts/trees";
import { allCases, treeOf } from "./cases";

describe.each(allCases())("$rule", ({ rule, cases }) => {
  test.each(cases.map((one) => [`${one.is}: ${one.name}`, one] as const))("%s", (_, one) => {
    const report = judge(factsOf(treeOf(one)), one.policy);
    const card = report.gpus.find(({ address }) => address === gpu);
    const all = [...report.findings, ...(card?.findings ?? [])];
    for (const finding of all) expect(ruleNames).toContain(finding.rule);
    const found = all.filter((finding) => finding.rule === rule);
    expect(found.map(({ severity, addresses }) => [severity, ...addresses].join(" "))).toEqual(one.found ?? []);
    if (one.says !== undefined) expect(found.map(({ says, remedy }) => `${says} ${remedy}`).join(" ")).toContain(one.says);
    if (one.text !== undefined) expect(found.map(({ says, remedy }) => `${says} ${remedy}`).join(" ")).toBe(one.text);
    if (one.verdict !== undefined) expect(card?.verdict).toBe(one.verdict);
    for (const { says, remedy } of found) for (const text of [says, remedy]) expect(text).toMatch(/^[A-Z0-9/].*\.$/s);
  });

  test("what is there, what is not, and what could not be read", () => {
    expect([...new Set(cases.map(({ is }) => is))].sort()).toEqual(["absent", "present", "unknown"]);
    expect(cases.filter(({ is, found }) => (is === "present") !== ((found ?? []).length > 0))).toEqual([]);
  });
});
