import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ruleNames, traitsOf } from "../../../provider/readiness/ruleNames";
import { refusals } from "../../../provider/readiness/sharing/passthrough";

const { after, forGood } = JSON.parse(readFileSync(join(__dirname, "afterwards.json"), "utf8")) as { readonly after: Readonly<Record<string, string>>; readonly forGood: readonly string[] };

describe("what a refusal means for a way of sharing", () => {
  test.each(Object.entries(after))("%s goes away", (rule, text) => {
    expect(refusals([rule])).toEqual([["after", text]]);
  });

  test.each(forGood)("%s stays", (rule) => {
    expect(refusals([rule])).toEqual([["impossible", `refused: ${rule}`]]);
  });

  test("every rule that may refuse is one of them", () => {
    expect([...Object.keys(after), ...forGood].sort()).toEqual(ruleNames.filter((rule) => traitsOf(rule)?.worst === "refuse").sort());
  });

  test("one that stays outweighs all that go away, and all are named", () => {
    fc.assert(fc.property(fc.subarray(Object.keys(after)), fc.subarray([...forGood], { minLength: 1 }), (going, staying) => {
      const rules = [...going, ...staying].sort();
      expect(refusals(rules)).toEqual([["impossible", `refused: ${rules.join(", ")}`]]);
      expect(refusals(going)).toEqual(going.map((rule) => ["after", after[rule]]));
    }));
  });
});
