import { describe, expect, it } from "vitest";
import { notStaged, planHostReboot, undoHostReboot } from "../../provider/plan/hostReboot";
import type { HostRebootDesired } from "../../provider/plan/hostReboot";
import { planKernelArguments } from "../../provider/plan/kernelArguments";
import { insideReviewed } from "../../provider/plan/inside";
import { known, value } from "../../provider/facts/reading";
import { hostFacts, ROOT } from "./factsBuilder";
import { goldenCases } from "./golden";
import { ModelHost } from "./model";

describe("golden plans of HostReboot", () => goldenCases("hostReboot", planHostReboot, undoHostReboot));

const desired: HostRebootDesired = { arguments: ["iommu=pt"], absentArguments: [], drivers: { "0000:01:00.0": "vfio-pci" }, policy: "whenNeeded", guests: {}, deadlineSeconds: 600 };
const card = { address: "0000:01:00.0", ids: "1234:1111" };

describe("HostReboot over one run", () => {
  const preview = planHostReboot(hostFacts({ running: ROOT, devices: [{ ...card, driver: "bochs-drm" }] }), desired).lines;
  const staged = { nextBoot: ROOT, trial: { arguments: `${ROOT} iommu=pt` } };

  it("says nothing new once the resources before it have staged the trial", () => {
    const later = planHostReboot(hostFacts({ running: ROOT, ...staged, devices: [{ ...card, driver: "bochs-drm" }] }), desired);
    expect(later.steps.map((step) => step.kind)).toEqual(["armTrialBoot", "reboot", "keepTrialBoot"]);
    expect(insideReviewed(preview, later.lines)).toEqual({ moved: [] });
  });

  it("says less when a card was bound live meanwhile", () => {
    const later = planHostReboot(hostFacts({ running: ROOT, ...staged, devices: [{ ...card, driver: "vfio-pci" }] }), desired);
    expect(Object.keys(later.lines).length).toBeLessThan(Object.keys(preview).length);
    expect(insideReviewed(preview, later.lines)).toEqual({ moved: [] });
  });

  it("says nothing new for keeping what was tried", () => {
    const after = planHostReboot(hostFacts({ running: `${ROOT} iommu=pt`, ...staged, bootId: "boot-2", devices: [{ ...card, driver: "vfio-pci" }] }), desired);
    expect(after.steps).toEqual([{ kind: "keepTrialBoot", adds: ["iommu=pt"], removes: [] }]);
    expect(insideReviewed(preview, after.lines)).toEqual({ moved: [] });
  });

  it("does not try a boot again that came back without", () => {
    const host = new ModelHost(ROOT, staged);
    const wanted = { ...desired, drivers: {} };
    host.carryOut([{ kind: "armTrialBoot" }]);
    expect(planHostReboot(host.facts, wanted).steps).toHaveLength(3);
    host.boot(true);
    expect(planHostReboot(host.facts, wanted)).toMatchObject({ steps: [], findings: [{ rule: "came-back-without" }] });
  });

  it("tries a boot again that was seen running before the host went down", () => {
    const host = new ModelHost(ROOT, staged);
    host.carryOut([{ kind: "armTrialBoot" }]);
    host.boot(true);
    const trial = { ...known(host.facts.journal.trial)!, seenRunning: true as const };
    const seen = { ...host.facts, journal: { ...host.facts.journal, trial: value(trial) } };
    const plan = planHostReboot(seen, { ...desired, drivers: {} });
    expect(plan.steps.map(({ kind }) => kind)).toEqual(["armTrialBoot", "reboot", "keepTrialBoot"]);
    expect(plan.findings).toEqual([]);
  });
});

describe("a run after a trial that hung", () => {
  const bad = { shouldExist: ["iommu=pt", "init=/bin/false"], shouldNotExist: [] };
  const wish = (wanted: { shouldExist: string[] }): HostRebootDesired => ({ ...desired, arguments: wanted.shouldExist, drivers: {} });
  const hung = (): ModelHost => {
    const host = new ModelHost(ROOT);
    host.carryOut(planKernelArguments(host.facts, bad).steps);
    host.carryOut([{ kind: "armTrialBoot" }]);
    host.boot(true);
    return host;
  };

  it("is refused for the very same wish", () => {
    expect(planHostReboot(hung().facts, wish(bad))).toMatchObject({ steps: [], findings: [{ rule: "came-back-without" }] });
  });

  it("previews, stages and finishes a mended one", () => {
    const host = hung();
    const mended = { shouldExist: ["iommu=pt"], shouldNotExist: [] };
    const preview = planHostReboot(host.facts, wish(mended));
    expect(preview.findings).toEqual([]);
    host.carryOut(planKernelArguments(host.facts, mended).steps);
    const plan = planHostReboot(host.facts, wish(mended));
    expect(insideReviewed(preview.lines, plan.lines)).toEqual({ moved: [] });
    host.carryOut(plan.steps.filter((step) => step.kind !== "keepTrialBoot"));
    host.carryOut(planHostReboot(host.facts, wish(mended)).steps);
    expect(host.entry()).toBe(`${ROOT} iommu=pt`);
  });
});

describe("notStaged", () => {
  it("names what the next boot would not bring either", () => {
    const wish = { ...desired, arguments: ["iommu=pt", "pci=noats"], absentArguments: ["quiet"] };
    expect(notStaged(hostFacts({ running: `${ROOT} quiet` }), wish)).toEqual(["iommu=pt", "pci=noats", "not quiet"]);
    expect(notStaged(hostFacts({ running: `${ROOT} quiet`, trial: { arguments: `${ROOT} iommu=pt pci=noats` } }), wish)).toEqual([]);
  });
});
