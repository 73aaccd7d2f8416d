import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { apply } from "../../provider/controllers/apply";
import type { Aspect } from "../../provider/controllers/aspect";
import type { CloudPort } from "../../provider/controllers/cloudPort";
import { openCloudsWith } from "../../provider/controllers/clouds";
import { gpuReady } from "../../provider/controllers/gpuReady";
import { propose } from "../../provider/controllers/proposal";
import { closes, type Inputs } from "../../provider/controllers/record";
import type { Host } from "../../provider/host/host";
import type { CloudStep } from "../../provider/plan/cloudStep";
import type { GpuReadyDesired } from "../../provider/plan/gpuReadyMarks";
import { cloudFacts, hostFacts } from "../plan/factsBuilder";

const address = "0000:65:00.0";
const desired: GpuReadyDesired = { cloud: {}, trait: "CUSTOM_GPU_READY", computeService: "leave", verification: { cards: [{ address, id: "10de:20b5" }], trustLevel: "single-tenant", acknowledgedUses: [] } };
const facts = hostFacts({ running: "ro intel_iommu=on", iommu: "active", vfioNodes: ["12"], devices: [{ address, ids: "10de:20b5", class: "030200", group: 12, driver: "nvidia" }], cloud: { traits: ["CUSTOM_GPU_READY"] } });

describe("a mark that is taken off", () => {
  beforeEach(() => { vi.spyOn(console, "log").mockReturnValue(); });
  afterEach(() => { vi.restoreAllMocks(); });

  it("is no failure: the host is not ready, and what comes after it goes on", async () => {
    const traits = ["CUSTOM_GPU_READY"];
    const cloud = {
      observe: () => Promise.resolve(cloudFacts({ traits: [...traits] })),
      carryOut: (steps: readonly CloudStep[]) => { for (const { kind } of steps) if (kind === "removeTrait") traits.pop(); return Promise.resolve([]); },
    } as unknown as CloudPort;
    openCloudsWith(() => Promise.resolve(cloud));
    const host = { name: "hv1", observe: () => Promise.resolve(facts) } as unknown as Host;
    const inputs = { connection: { host: "hv1" }, proof: { ready: false, fingerprint: "" }, ...propose(gpuReady, facts, desired) } as unknown as Inputs;
    const ended = await apply(gpuReady as Aspect<unknown>, desired, inputs, {}, () => Promise.resolve(host));
    expect(traits).toEqual([]);
    expect(ended).toMatchObject({ status: "not-ready", marked: false });
    expect(closes(`GpuReady: ${ended.status}`)).toBe(false);
  });
});
