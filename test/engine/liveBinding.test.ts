import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Stack, succeeded } from "../beds/engine/stack";
import { Fleet } from "../beds/simulated/fleet";
import type { SimulatedHost } from "../beds/simulated/host";
import { disk, graphicsCard, machine, networkCard, rootPort } from "../beds/simulated/machine";

const program = `
const { GpuHost, program } = require("pulumi-gpuhost");
module.exports = program(() => ({ ready: new GpuHost("live", {
  connection: { host: "live" }, cards: [{ address: "0000:65:00.0", id: "10de:2231" }], now: "whenIdle", reboot: "whenNeeded",
}).ready }));`;

describe("a card that may change its driver now", () => {
  let fleet: Fleet;
  let host: SimulatedHost;
  let stack: Stack;

  beforeAll(async () => {
    fleet = new Fleet();
    host = await fleet.add(machine("live", {
      kernelArguments: "quiet intel_iommu=on",
      functions: [
        rootPort("0000:00:01.0", 10), disk("0000:01:00", "0000:00:01.0", 11),
        rootPort("0000:00:02.0", 12), networkCard("0000:02:00", "0000:00:02.0", 13, { name: "eno1", address: "its own" }),
        rootPort("0000:64:00.0", 14), graphicsCard("0000:65:00", "0000:64:00.0", 15),
      ],
    }));
    stack = await Stack.create({ program, environment: { HOME: fleet.folder } });
  });
  afterAll(async () => {
    stack?.dispose();
    await fleet?.stop();
  });

  it("gets ready in one run, and no reboot is announced or done", async () => {
    const { stdout } = succeeded(await stack.up());
    expect(stdout).toContain("vfio-pci now, from nouveau");
    expect(stdout).not.toContain("reboot, once");
    expect(await stack.outputs()).toEqual({ ready: true });
    expect(host.boots).toBe(1);
  });

  it("shows nothing the second time", async () => {
    expect((await stack.preview("--expect-no-changes")).exitCode).toBe(0);
  });

  it("is back on its driver after a destroy, without a reboot", async () => {
    succeeded(await stack.destroy());
    expect(host.files.linkName("/sys/bus/pci/devices/0000:65:00.0/driver")).toMatch(/nouveau$/);
    expect(host.boots).toBe(1);
  });
});
