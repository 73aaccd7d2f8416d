import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseCommandLine, printCommandLine } from "../../provider/facts/commandLine";
import { satisfies } from "../../provider/facts/applyArguments";
import type { WantedArguments } from "../../provider/facts/applyArguments";
import { parseTokens } from "../../provider/facts/argument";
import { planHostReboot } from "../../provider/plan/hostReboot";
import { DROP_IN_PATH } from "../../provider/plan/gpuhostDropIn";
import { planKernelArguments, undoKernelArguments } from "../../provider/plan/kernelArguments";
import { converged, refused } from "../../provider/plan/plan";
import { ROOT } from "./factsBuilder";
import type { FactsOptions } from "./factsBuilder";
import { goldenCases } from "./golden";
import { ModelHost } from "./model";

describe("golden plans of KernelArguments", () => goldenCases("kernelArguments", planKernelArguments, undoKernelArguments));

const token = fc.constantFrom("intel_iommu=on", "iommu=pt", "pci=realloc", "pci=noats,realloc", "quiet", "console=ttyS0", 'a.b="x y"', "amd_iommu=off");
const unwanted = fc.constantFrom("intel_iommu=off", "pci=noaer", "splash", "a.c=*", "iommu=soft");
const wish: fc.Arbitrary<WantedArguments> = fc.record({ shouldExist: fc.uniqueArray(token, { maxLength: 4 }), shouldNotExist: fc.uniqueArray(unwanted, { maxLength: 3 }) });
/** Two tokens of one list: only where the variables are known can be told which of them a merge goes to. */
const lists = (list: readonly string[]): number => list.filter((text) => text.startsWith("pci=")).length;
const baseTokens = fc.uniqueArray(fc.oneof(token, unwanted.filter((text) => !text.includes("*")), fc.constant("a.c=7"), fc.constant("pci=noaer,big_root_window")), { maxLength: 5 });
const how = fc.tuple(baseTokens, fc.boolean(), fc.boolean(), fc.nat(5)).filter(([list, known]) => known || lists(list) < 2)
  .map(([list, known, trialPossible, at]): [base: string, options: FactsOptions] => [
    [ROOT, ...list].join(" "),
    { trialPossible, ...(known ? { variables: { linux: list.slice(0, at).join(" "), linuxDefault: list.slice(at).join(" ") } } : {}) },
  ]);

function brought(host: ModelHost, wanted: WantedArguments): string {
  const plan = planKernelArguments(host.facts, wanted);
  fc.pre(!refused(plan));
  host.carryOut(plan.steps);
  return planKernelArguments(host.facts, wanted).observed;
}

function rebooted(host: ModelHost, wanted: WantedArguments): void {
  const desired = { arguments: wanted.shouldExist, absentArguments: wanted.shouldNotExist, drivers: {}, policy: "whenNeeded" as const, guests: {}, deadlineSeconds: 600 };
  const plan = planHostReboot(host.facts, desired);
  host.carryOut(plan.steps.filter((step) => step.kind !== "keepTrialBoot"));
  const after = planHostReboot(host.facts, desired);
  host.carryOut(after.steps);
  expect(planHostReboot(host.facts, desired)).toMatchObject({ steps: [], findings: [] });
}

describe("KernelArguments on a model host", () => {
  it("leaves nothing to do after an apply, and looks the same before the reboot, after it and once it is kept", () => {
    fc.assert(fc.property(how, wish, ([line, options], wanted) => {
      const host = new ModelHost(line, options);
      const staged = brought(host, wanted);
      expect(planKernelArguments(host.facts, wanted).steps).toEqual([]);
      rebooted(host, wanted);
      const then = planKernelArguments(host.facts, wanted);
      expect(converged(then)).toBe(true);
      expect(then.observed).toBe(staged);
      expect(satisfies(parseTokens(host.entry()), wanted)).toBe(true);
    }), { numRuns: 300 });
  });

  it("changes from one wish to another and never takes the kept arguments from the default entry before the trial", () => {
    fc.assert(fc.property(how, wish, wish, ([line, options], first, second) => {
      const host = new ModelHost(line, options);
      brought(host, first);
      rebooted(host, first);
      const before = host.entry();
      brought(host, second);
      if (planKernelArguments(host.facts, second).steps.length === 0 && host.facts.journal.trial.kind === "value") expect(host.entry()).toBe(before);
      expect(planKernelArguments(host.facts, second).steps).toEqual([]);
      rebooted(host, second);
      expect(satisfies(parseTokens(host.entry()), second)).toBe(true);
    }), { numRuns: 300 });
  });

  it("is undone to the very command line that was there, from whatever state, and a second undo finds nothing", () => {
    fc.assert(fc.property(how, wish, wish, fc.constantFrom("staged", "kept", "changed"), ([line, options], first, second, state) => {
      const host = new ModelHost(line, options);
      brought(host, first);
      if (state !== "staged") rebooted(host, first);
      if (state === "changed") brought(host, second);
      host.carryOut(undoKernelArguments(host.facts, second).steps);
      expect(host.entry()).toBe(printCommandLine(parseCommandLine(host.base)));
      expect(host.facts.journal).toMatchObject({ files: [], trial: { kind: "absent" } });
      expect(undoKernelArguments(host.facts, second)).toMatchObject({ steps: [], lines: {} });
    }), { numRuns: 300 });
  });

  it("mends a drop-in that somebody removed, whether the entries were rendered since or not, and can still undo", () => {
    fc.assert(fc.property(how, wish, fc.boolean(), ([line, options], wanted, rendered) => {
      const host = new ModelHost(line, options);
      brought(host, wanted);
      rebooted(host, wanted);
      fc.pre(host.dropIn !== null);
      const before = planKernelArguments(host.facts, wanted).observed;
      host.somebodyRemoves(DROP_IN_PATH, rendered);
      const drift = planKernelArguments(host.facts, wanted);
      expect(drift.steps.length).toBeGreaterThan(0);
      expect(drift.observed).not.toBe(before);
      host.carryOut(drift.steps);
      expect(planKernelArguments(host.facts, wanted)).toMatchObject({ steps: [], observed: before });
      // Its notes went with the drop-in: only the variables can still tell what there was before us. Else the agent stops the undo.
      if (options.variables === undefined) return;
      host.carryOut(undoKernelArguments(host.facts, wanted).steps);
      expect(host.entry()).toBe(printCommandLine(parseCommandLine(host.base)));
    }), { numRuns: 300 });
  });

  it("gives the same text for the same facts", () => {
    fc.assert(fc.property(how, wish, ([line], wanted) => {
      expect(planKernelArguments(new ModelHost(line).facts, wanted)).toEqual(planKernelArguments(new ModelHost(line).facts, wanted));
    }));
  });
});
