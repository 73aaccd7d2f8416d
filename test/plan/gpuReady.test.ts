import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { planGpuReady } from "../../provider/plan/gpuReady";
import { notReadyReason, type GpuReadyDesired } from "../../provider/plan/gpuReadyMarks";
import { quarantineReason } from "../../provider/plan/novaQuarantine";
import { undoGpuReady } from "../../provider/plan/undoGpuReady";
import { insideReviewed } from "../../provider/plan/inside";
import { refused } from "../../provider/plan/plan";
import { hostFacts, type CloudOptions } from "./factsBuilder";
import { goldenCases } from "./golden";

describe("golden plans of GpuReady", () => goldenCases("gpuReady", planGpuReady, undoGpuReady));

const address = "0000:65:00.0";
const desired: GpuReadyDesired = {
  cloud: {}, trait: "CUSTOM_GPU_READY", aggregate: "gpu", computeService: "follows",
  verification: { cards: [{ address, id: "10de:20b5" }], trustLevel: "single-tenant", acknowledgedUses: [] },
};
const host = (driver: string, cloud: CloudOptions, bootId = "boot-1") =>
  hostFacts({ running: "ro intel_iommu=on", iommu: "active", bootId, devices: [{ address, ids: "10de:20b5", class: "030200", group: 12, driver }], vfioNodes: ["12"], cloud });
const clouds = fc.record({
  traits: fc.constantFrom<string[]>([], ["CUSTOM_GPU_READY"], ["CUSTOM_OTHER"]),
  aggregates: fc.constantFrom<Record<string, boolean>>({ gpu: true }, { gpu: false }, { gpu: true, other: true }),
  service: fc.constantFrom({}, { status: "disabled" as const, disabledReason: "alice" }),
});

describe("GpuReady", () => {
  it("promises before a reboot, word for word, what it does after it", () => {
    const off = hostFacts({ running: "ro", iommu: "inactive", firmwareTables: ["DMAR"], devices: [{ address, ids: "10de:20b5", class: "030200", driver: "nouveau" }], cloud: { aggregates: { gpu: false } } });
    const before = planGpuReady(off, desired);
    const after = planGpuReady(host("vfio-pci", { aggregates: { gpu: false } }), desired);
    expect(insideReviewed(before.lines, after.lines).moved).toEqual([]);
    expect(after.cloud).toHaveLength(2);
  });

  it("never puts a mark on a host that is not ready and has one already, and touches only what is its own", () => {
    fc.assert(fc.property(clouds, fc.constantFrom("vfio-pci", "nvidia"), (cloud, driver) => {
      const facts = host(driver, cloud);
      const { cloud: steps = [] } = planGpuReady(facts, desired);
      const some = cloud.traits.includes("CUSTOM_GPU_READY") || cloud.aggregates["gpu"] === true;
      if (driver === "nvidia" && some) expect(steps.every(({ kind }) => kind === "removeTrait" || kind === "leaveAggregate" || kind === "disableComputeService")).toBe(true);
      for (const step of steps) {
        if ("trait" in step) expect(step.trait).toBe("CUSTOM_GPU_READY");
        if ("aggregate" in step) expect(step.aggregate).toBe("gpu");
        if (step.kind === "enableComputeService") expect(step.reason).toContain("gpuhost");
      }
      expect(refused(planGpuReady(facts, desired))).toBe(false);
    }));
  });

  it("closes the service before it takes the marks off, and opens it after it put them on", () => {
    const on = { traits: ["CUSTOM_GPU_READY"], aggregates: { gpu: true } };
    expect(planGpuReady(host("nvidia", on), desired).cloud?.map(({ kind }) => kind)).toEqual(["disableComputeService", "removeTrait", "leaveAggregate"]);
    const closed = { aggregates: { gpu: false }, service: { status: "disabled" as const, disabledReason: notReadyReason } };
    expect(planGpuReady(host("vfio-pci", closed), desired).cloud?.map(({ kind }) => kind)).toEqual(["addTrait", "joinAggregate", "enableComputeService"]);
  });

  it("closes a service that follows, where nothing else marks the host", () => {
    const alone: GpuReadyDesired = { ...desired, trait: false, aggregate: undefined };
    expect(planGpuReady(host("nvidia", {}), alone).cloud?.map(({ kind }) => kind)).toEqual(["disableComputeService"]);
    const closed = { service: { status: "disabled" as const, disabledReason: notReadyReason } };
    expect(planGpuReady(host("nvidia", closed), alone).outputs).toMatchObject({ marked: false });
    expect(planGpuReady(host("vfio-pci", closed), alone).cloud?.map(({ kind }) => kind)).toEqual(["enableComputeService"]);
  });

  it("closes a service that follows, on a host without marks whose cards no reboot will prove", () => {
    const wrong: GpuReadyDesired = { ...desired, verification: { ...desired.verification, cards: [{ address, id: "10de:9999" }] } };
    expect(planGpuReady(host("vfio-pci", { aggregates: { gpu: false } }), wrong).cloud?.map(({ kind }) => kind)).toEqual(["disableComputeService"]);
  });

  it("closes in the same run, as its preview says, what NovaPci opens for a card of its own while another is not proven", () => {
    const quarantined = { status: "disabled" as const, disabledReason: quarantineReason };
    const wrong: GpuReadyDesired = { ...desired, verification: { ...desired.verification, cards: [{ address, id: "10de:9999" }] } };
    const alone: GpuReadyDesired = { ...wrong, trait: false, aggregate: undefined };
    for (const [wish, marks] of [[wrong, { traits: ["CUSTOM_GPU_READY"], aggregates: { gpu: true } }], [wrong, { aggregates: { gpu: false } }], [alone, {}]] as const) {
      const before = planGpuReady(host("vfio-pci", { ...marks, service: quarantined }), wish);
      const after = planGpuReady(host("vfio-pci", marks), wish);
      expect(after.cloud?.map(({ kind }) => kind)).toContain("disableComputeService");
      expect(insideReviewed({ ...before.lines, ...before.later }, after.lines).moved).toEqual([]);
      expect(before.cloud?.some(({ kind }) => kind === "disableComputeService" || kind === "enableComputeService")).toBe(false);
    }
    const there = { aggregates: { gpu: false }, service: quarantined };
    expect([planGpuReady(host("vfio-pci", there), desired).later, planGpuReady(host("vfio-pci", there), { ...wrong, computeService: "leave" }).later]).toEqual([undefined, undefined]);
  });

  it("shows another boot as drift, also when the host is as ready as before", () => {
    const cloud = { traits: ["CUSTOM_GPU_READY"], aggregates: { gpu: true } };
    const [one, other] = ["boot-1", "boot-2"].map((boot) => planGpuReady(host("vfio-pci", cloud, boot), desired));
    expect(one?.cloud).toEqual([]);
    expect(one?.observed).not.toBe(other?.observed);
    expect(other?.outputs).toMatchObject({ marked: true, bootId: "boot-2" });
  });

  it("says before a reboot that mends the cards all that it does after it, whatever marks there are", () => {
    const some = fc.record({
      traits: fc.constantFrom<string[]>([], ["CUSTOM_GPU_READY"]), aggregates: fc.constantFrom<Record<string, boolean>>({ gpu: true }, { gpu: false }),
      service: fc.constantFrom({}, { status: "disabled" as const, disabledReason: notReadyReason }),
    });
    const wish = fc.constantFrom<GpuReadyDesired>(desired, { ...desired, trait: false, aggregate: undefined }, { ...desired, computeService: "leave" });
    fc.assert(fc.property(some, wish, fc.constantFrom("nvidia", "vfio-pci"), (cloud, wished, driver) => {
      const [before, after] = [driver, "vfio-pci"].map((of) => planGpuReady(host(of, cloud), wished));
      expect(insideReviewed({ ...before?.lines, ...before?.later }, after?.lines ?? {}).moved).toEqual([]);
      expect(before?.passes).toBe((before?.cloud ?? []).some(({ kind }) => kind === "removeTrait" || kind === "leaveAggregate" || kind === "disableComputeService") ? "closes" : undefined);
    }));
  });
});
