import { describe, expect, it } from "vitest";
import { planIommuVerification, undoIommuVerification } from "../../provider/plan/iommuVerification";
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

  it("looks other when a driver changes", () => {
    const [one, other] = ["vfio-pci", "nvidia"].map((driver) => planIommuVerification(hostFacts({ devices: [{ ...card, driver }] }), desired).observed);
    expect(one).not.toBe(other);
  });
});
