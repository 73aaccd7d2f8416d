import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Stack, succeeded } from "../beds/engine/stack";
import { Fleet } from "../beds/simulated/fleet";
import type { SimulatedHost } from "../beds/simulated/host";
import { disk, graphicsCard, machine, networkCard, rootPort } from "../beds/simulated/machine";

const program = (...slots: string[]): string => `
const { GpuHost, program } = require("pulumi-gpuhost");
module.exports = program(() => ({ ready: new GpuHost("live", {
  connection: { host: "live" }, cards: ${JSON.stringify(slots.map((slot) => ({ address: `${slot}.0`, id: "10de:2231" })))}, now: "whenIdle", reboot: "whenNeeded",
}).ready }));`;

describe("a card that may change its driver now", () => {
  let fleet: Fleet;
  let host: SimulatedHost;
  let stack: Stack;
  const driver = (address: string): string | undefined => host.files.linkName(`/sys/bus/pci/devices/${address}/driver`)?.replace(/.*\//, "");

  beforeAll(async () => {
    fleet = new Fleet();
    host = await fleet.add(machine("live", {
      kernelArguments: "quiet intel_iommu=on",
      functions: [
        rootPort("0000:00:01.0", 10), disk("0000:01:00", "0000:00:01.0", 11),
        rootPort("0000:00:02.0", 12), networkCard("0000:02:00", "0000:00:02.0", 13, { name: "eno1", address: "its own" }),
        rootPort("0000:64:00.0", 14), graphicsCard("0000:65:00", "0000:64:00.0", 15),
        rootPort("0000:64:01.0", 16), graphicsCard("0000:66:00", "0000:64:01.0", 17, 2),
      ],
    }));
    stack = await Stack.create({ program: program("0000:65:00"), environment: { HOME: fleet.folder } });
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

  it("goes back at once when it is taken out beside one that stays, on a line of its own", async () => {
    stack.write("index.js", program("0000:65:00", "0000:66:00"));
    succeeded(await stack.up());
    expect(driver("0000:66:00.0")).toBe("vfio-pci");
    stack.write("index.js", program("0000:65:00"));
    const { stdout } = succeeded(await stack.up());
    expect(stdout).toMatch(/device 0000:66:00\.0 \(10de:2231\) *: .*"given back now, to nouveau; no longer bound at boot"/);
    expect(stdout).toMatch(/device 0000:66:00\.1 \(10de:1aef\) *: .*"given back now, to snd_hda_intel; no longer bound at boot"/);
    expect(["0000:65:00.0", "0000:66:00.0", "0000:66:00.1"].map(driver)).toEqual(["vfio-pci", "nouveau", "snd_hda_intel"]);
    expect(host.files.exists("/var/lib/gpuhost/devices/0000:66:00.0")).toBe(false);
    expect(host.boots).toBe(1);
    expect((await stack.preview("--expect-no-changes")).exitCode).toBe(0);
  });

  it("is back on its driver after a destroy, without a reboot", async () => {
    succeeded(await stack.destroy());
    expect(driver("0000:65:00.0")).toBe("nouveau");
    expect(host.boots).toBe(1);
  });
});
