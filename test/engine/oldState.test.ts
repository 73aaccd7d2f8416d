import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { root } from "../beds/engine/engine";
import { Stack, succeeded, type StackState, type StateResource } from "../beds/engine/stack";
import { demoHosts } from "../beds/simulated/demoHosts";
import { Fleet } from "../beds/simulated/fleet";
import type { SimulatedHost } from "../beds/simulated/host";

const program = (...argumentsWanted: string[]): string => `
const { GpuHost, program } = require("pulumi-gpuhost");
module.exports = program(() => { new GpuHost("gpu-1", {
  connection: { host: "gpu-1" }, cards: [{ address: "0000:65:00.0", id: "10de:2231" }], reboot: "whenNeeded",
  kernelArguments: { shouldExist: ${JSON.stringify(["intel_iommu=on", ...argumentsWanted])}, shouldNotExist: ["intel_iommu=off"] },
}); });`;

const oldest = readFileSync(join(root, "test", "dynamic", "golden", "1-closure.txt"), "utf8");

/** What the first form of a state had: the provider as the SDK serialises it, and the findings of a host in its component, too. */
function asBefore(state: StackState): StackState {
  const resources = state.deployment.resources ?? [];
  const findings = resources.flatMap(({ outputs }) => (outputs?.["findings"] ?? []) as object[]);
  const before = (of: StateResource): StateResource => {
    if (of.type === "gpuhost:index:GpuHost") return { ...of, outputs: { ...of.outputs, findings } };
    if (of.inputs?.["__provider"] === undefined) return of;
    const __provider = oldest.replaceAll('"KernelArguments"', `"${of.type.split(":").at(-1) ?? ""}"`);
    return { ...of, inputs: { ...of.inputs, __provider }, outputs: { ...of.outputs, __provider } };
  };
  return { ...state, deployment: { ...state.deployment, resources: resources.map(before) } };
}

/** Length of the provider's text in each resource's inputs, or in its outputs. */
function lengths(state: StackState, where: "inputs" | "outputs"): number[] {
  return (state.deployment.resources ?? []).map((resource) => resource[where]?.["__provider"]).filter((text) => typeof text === "string").map((text) => text.length);
}

describe("a stack whose state the first form of this package wrote", () => {
  let fleet: Fleet;
  let host: SimulatedHost;
  let stack: Stack;
  let grub: string;
  const text = (path: string): string => readFileSync(host.files.at(path), "utf8");
  const age = async (): Promise<void> => stack.importState(asBefore(await stack.exportState()));
  const dropIn = "/etc/default/grub.d/zz-gpuhost.cfg";

  beforeAll(async () => {
    fleet = new Fleet();
    host = await fleet.add(demoHosts[0]!.machine);
    grub = text("/boot/grub/grub.cfg");
    stack = await Stack.create({ program: program(), environment: { HOME: fleet.folder } });
    succeeded(await stack.up());
    await age();
  });
  afterAll(async () => {
    stack?.dispose();
    await fleet?.stop();
  });

  it("has the old text in all eight places", async () => {
    const state = await stack.exportState();
    expect([...lengths(state, "inputs"), ...lengths(state, "outputs")].map((length) => length > 3000)).toEqual(Array.from({ length: 8 }, () => true));
  });

  it("shows no change for it", async () => {
    const { stdout } = succeeded(await stack.preview("--expect-no-changes"));
    expect(stdout).toMatch(/^ *6 unchanged$/m);
  });

  it("is refreshed by the old text", async () => {
    succeeded(await stack.refresh());
    const { deployment } = await stack.exportState();
    expect(deployment.resources?.flatMap(({ outputs }) => (outputs?.["seen"] === undefined ? [] : [outputs["seen"]]))).toEqual(Array.from({ length: 4 }, () => "as recorded"));
  });

  it("is updated, and is small then", async () => {
    stack.write("index.js", program("iommu=pt"));
    succeeded(await stack.up());
    expect(text(dropIn)).toContain("iommu=pt");
    const state = await stack.exportState();
    expect(state.deployment.resources?.flatMap(({ type, outputs }) => (type.startsWith("gpuhost:") ? [Object.keys(outputs ?? {})] : []))).toEqual([["ready"]]);
    // Outputs of a resource that had nothing to do stay as they are.
    expect(Math.max(...lengths(state, "inputs"))).toBeLessThan(300);
    expect(Math.min(...lengths(state, "outputs"))).toBeLessThan(300);
  });

  it("is destroyed by the old text", async () => {
    await age();
    succeeded(await stack.destroy());
    expect(text("/boot/grub/grub.cfg")).toBe(grub);
    expect(existsSync(host.files.at(dropIn))).toBe(false);
  });
});
