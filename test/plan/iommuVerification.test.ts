import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { planIommuVerification, undoIommuVerification } from "../../provider/plan/iommuVerification";
import { refused } from "../../provider/plan/plan";
import { hostFacts } from "./factsBuilder";
import { goldenCases } from "./golden";

describe("golden plans of IommuVerification", () => goldenCases("iommuVerification", planIommuVerification, undoIommuVerification));

describe("IommuVerification", () => {
  const card = { address: "0000:01:00.0", ids: "10de:20b5", group: 9, driver: "vfio-pci" };
  const desired = { cards: [{ address: card.address, id: card.ids }], trustLevel: "single-tenant" as const, acknowledgedUses: [] };

  it("compares members, never group numbers", () => {
    const [one, other] = [9, 12].map((group) => planIommuVerification(hostFacts({ devices: [{ ...card, group }] }), desired));
    expect(one).toEqual(other);
  });

  it("never does anything, and says nothing that refuses, whatever the host", () => {
    const device = fc.record({
      address: fc.constantFrom("0000:01:00.0", "0000:01:00.1", "0000:02:00.0"), ids: fc.constantFrom("10de:20b5", "ffff:ffff", "8086:10d3", "?:?"),
      class: fc.constantFrom("030200", "040300", "060400", "010802"), driver: fc.constantFrom("vfio-pci", "nvidia", "pcieport"), group: fc.constantFrom(1, 2),
    });
    const host = fc.record({ devices: fc.uniqueArray(device, { selector: (each) => each.address }), iommu: fc.constantFrom("active" as const, "inactive" as const, "unknown" as const), firmwareTables: fc.constantFrom([], ["DMAR"]) });
    fc.assert(fc.property(host, fc.constantFrom("single-tenant" as const, "multi-tenant" as const), (options, trustLevel) => {
      const plan = planIommuVerification(hostFacts(options), { ...desired, trustLevel });
      expect([plan.steps, refused(plan)]).toEqual([[], false]);
      expect(plan).toEqual(planIommuVerification(hostFacts(options), { ...desired, trustLevel }));
      if (options.iommu !== "active" || !options.devices.some((each) => each.address === card.address && each.ids === card.ids)) expect(plan.outputs).toMatchObject({ ready: false });
    }));
  });

  it("looks other when a driver changes", () => {
    const [one, other] = ["vfio-pci", "nvidia"].map((driver) => planIommuVerification(hostFacts({ devices: [{ ...card, driver }] }), desired).observed);
    expect(one).not.toBe(other);
  });
});
