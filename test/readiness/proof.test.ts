import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { judge } from "../../provider/readiness/judge";
import { factsOf, gpu } from "../facts/trees";
import { treeOf, type RuleCase } from "./cases";

interface ProofCase extends Omit<RuleCase, "is" | "found" | "says"> {
  /** All that a verdict lacks, in the order in which it is said. */
  readonly missing: readonly string[];
  /** Default: unknown. */
  readonly verdict?: string;
  /** Questions that the script did not answer. */
  readonly answersWithout?: readonly string[];
}

const { cases } = JSON.parse(readFileSync(join(__dirname, "not-read.json"), "utf8")) as { readonly cases: readonly ProofCase[] };

/** The card and its companion are on vfio-pci, and nothing else keeps the card from being ready. */
function findingsOf(one: ProofCase, ...answers: readonly (readonly [string, string])[]): { verdict: string | undefined; says: readonly string[]; remedies: readonly string[] } {
  const tree = treeOf({ is: "unknown", bound: true, ...one });
  for (const name of one.answersWithout ?? []) tree.answers.delete(name);
  for (const [name, text] of answers) tree.addAnswer(name, text);
  const card = judge(factsOf(tree), one.policy).gpus.find(({ address }) => address === gpu);
  const found = (card?.findings ?? []).filter(({ rule }) => rule === "not-read");
  return { verdict: card?.verdict, says: found.map(({ severity, addresses, says }) => `${severity} ${addresses.join(" ")}: ${says}`), remedies: found.map(({ remedy }) => remedy) };
}

describe("what was not read is named, and keeps a card from being ready", () => {
  test.each(cases.map((one) => [one.name, one] as const))("%s", (_, one) => {
    const { verdict, says } = findingsOf(one);
    const expected = one.missing.length === 0 ? [] : [`note ${gpu}: Not proven, since it could not be read: ${one.missing.join(", ")}.`];
    expect([verdict, ...says]).toEqual([one.verdict ?? "unknown", ...expected]);
  });

  test("who is not root is told to be", () => {
    const one: ProofCase = { name: "", missing: [], unreadable: ["/proc/cmdline"] };
    expect(findingsOf(one, ["user-id", "1000"]).remedies).toEqual([expect.stringMatching(/^Read the host as root\.$/)]);
    expect(findingsOf(one, ["user-id", "0"]).remedies).toEqual([expect.stringContaining("a recording holds only")]);
    expect(findingsOf({ ...one, answersWithout: ["user-id"] }).remedies).toEqual([expect.stringContaining("a recording holds only")]);
  });
});
