import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { demoHosts } from "../beds/simulated/demoHosts";
import { Fleet } from "../beds/simulated/fleet";
import { Stack, succeeded } from "../beds/engine/stack";

const program = (shouldExist: readonly string[]): string => `
const gpuhost = require("pulumi-gpuhost");
module.exports = gpuhost.program(() => ({
  ready: new gpuhost.GpuHost("gpu-1", {
    connection: { host: "gpu-1" },
    cards: [{ address: "0000:65:00.0", id: "10de:2231" }],
    kernelArguments: { shouldExist: ${JSON.stringify(shouldExist)}, shouldNotExist: ["intel_iommu=off"] },
    reboot: "whenNeeded",
  }).ready,
}));`;

/** A host that is ready is judged anew after the reboot that another wish brings: its arguments are part of what was proven. */
describe("another wish for a host that is ready", () => {
  let fleet: Fleet;
  let stack: Stack;

  beforeAll(async () => {
    fleet = new Fleet();
    await fleet.add(demoHosts[0]!.machine);
    stack = await Stack.create({ program: program(["intel_iommu=on"]), environment: { HOME: fleet.folder } });
    succeeded(await stack.up());
  });
  afterAll(async () => {
    stack?.dispose();
    await fleet?.stop();
  });

  it("is applied by one run, after which nothing is left to show", async () => {
    stack.write("index.js", program(["intel_iommu=on", "iommu=pt"]));
    succeeded(await stack.up());
    expect(await stack.outputs()).toEqual({ ready: true });
    const preview = await stack.preview("--expect-no-changes");
    expect(preview.exitCode, preview.stdout + preview.stderr).toBe(0);
  });
});
