import { describe, expect, it } from "vitest";
import { liveDrivers, withLiveDrivers } from "../../provider/controllers/liveDrivers";
import type { HostFacts } from "../../provider/facts/hostFacts";
import { absent, value } from "../../provider/facts/reading";

describe("drivers that a plan changes in this boot", () => {
  const rebind = { kind: "rebind", functions: [{ address: "0000:65:00.0", ids: "", from: "nouveau", to: "vfio-pci" }], deadlineSeconds: 60 } as const;

  it("are those of its rebind steps", () => {
    expect(liveDrivers([{ kind: "loadModule", module: "vfio_pci" }, rebind])).toEqual([{ address: "0000:65:00.0", driver: "vfio-pci" }]);
    expect(liveDrivers([{ kind: "armTrialBoot" }])).toEqual([]);
  });

  it("stand in the facts that what comes after is planned on, and nothing else changes", () => {
    const device = (address: string, driver: string | null) => ({ address, driver: driver === null ? absent : value(driver) });
    const facts = { pciDevices: [device("0000:65:00.0", "nouveau"), device("0000:65:00.1", null)], uses: ["kept"] } as unknown as HostFacts;
    expect(withLiveDrivers(facts, liveDrivers([rebind]))).toEqual({ pciDevices: [device("0000:65:00.0", "vfio-pci"), device("0000:65:00.1", null)], uses: ["kept"] });
    expect(withLiveDrivers(facts, [])).toBe(facts);
  });
});
