import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import type { HostFacts } from "../../provider/facts/hostFacts";
import type { Plan } from "../../provider/plan/plan";
import { renderPlan } from "../../provider/plan/render";
import type { CloudStep } from "../../provider/plan/cloudStep";
import type { Step } from "../../provider/plan/step";
import { hostFacts } from "./factsBuilder";
import type { FactsOptions } from "./factsBuilder";

/** A step in one line, without texts and hashes of files. */
export function stepText(step: Step | CloudStep): string {
  const { kind, ...rest } = step;
  const shown = Object.entries(rest).filter(([key]) => key !== "text" && key !== "before");
  return `step ${kind} ${shown.map(([key, of]) => `${key}=${typeof of === "string" ? of : JSON.stringify(of)}`).join(" ")}`.trimEnd();
}

/** Runs every `cases/<kind>/<what it proves>.json` ({facts, desired}) and compares with the text file beside it. */
export function goldenCases<D>(kind: string, plan: (facts: HostFacts, desired: D) => Plan, undo: (facts: HostFacts, desired: D) => Plan): void {
  const folder = join(__dirname, "cases", kind);
  for (const name of readdirSync(folder).filter((file) => file.endsWith(".json")).map((file) => file.slice(0, -5))) {
    it(name.replaceAll("-", " "), async () => {
      const { facts, desired } = JSON.parse(readFileSync(join(folder, `${name}.json`), "utf8")) as { facts: FactsOptions; desired: D };
      const both = [plan(hostFacts(facts), desired), undo(hostFacts(facts), desired)];
      const [planned, undone] = both.map((each) => [renderPlan(each), ...[...each.steps, ...(each.cloud ?? []), ...(each.after ?? [])].map(stepText)].join("\n"));
      // The fingerprint of facts has tests of its own, and changes with every rule of readiness.
      const text = `${planned}\n--- undo\n${undone}\n`.replaceAll(/facts [0-9a-f]{20}/g, "facts FINGERPRINT");
      await expect(text).toMatchFileSnapshot(join(folder, `${name}.txt`));
    });
  }
}
