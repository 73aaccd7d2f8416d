import { execFile } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { root } from "../beds/engine/engine";
import { Stack, succeeded } from "../beds/engine/stack";
import { demoHosts } from "../beds/simulated/demoHosts";
import { Fleet } from "../beds/simulated/fleet";
import type { SimulatedHost } from "../beds/simulated/host";

const program = `
const { KernelArguments, program } = require("pulumi-gpuhost");
module.exports = program(() => { new KernelArguments("gpu-1", { connection: { host: "gpu-1" }, shouldExist: ["intel_iommu=on"], shouldNotExist: ["intel_iommu=off"] }); });`;

/** The operator's machine dies while a host is being changed: Pulumi does not know what it did, the host does. */
describe("killed in the middle of an apply", () => {
  let fleet: Fleet;
  let host: SimulatedHost;
  let stack: Stack;
  let grub: string;
  const text = (path: string): string => readFileSync(host.files.at(path), "utf8");
  const dropIn = "/etc/default/grub.d/zz-gpuhost.cfg";

  beforeAll(async () => {
    fleet = new Fleet();
    host = await fleet.add(demoHosts[0]!.machine);
    grub = text("/boot/grub/grub.cfg");
    stack = await Stack.create({ program, environment: { HOME: fleet.folder } });
    const up = stack.start(["up", "--stack", "dev", "--yes"]);
    await up.says(/KernelArguments: (step|writeFile)/);
    await up.killEngine();
    succeeded(await stack.cancel());
  });
  afterAll(async () => {
    stack?.dispose();
    await fleet?.stop();
  });

  it("leaves Pulumi with a pending operation and no resource", async () => {
    const { deployment } = await stack.exportState();
    expect(deployment.pending_operations?.map(({ type }) => type)).toEqual(["creating"]);
    expect(await stack.resource("gpu-1")).toBeUndefined();
  });

  it("the next run takes over what the host went on to do by itself", async () => {
    succeeded(await stack.up());
    expect(await stack.resource("gpu-1")).toMatchObject({ outputs: { status: "applied", touched: true } });
    expect(text(dropIn)).toContain("intel_iommu=on");
  });

  it("gpuhost restore undoes it from the host's own journal, and the stack then shows it as drift", async () => {
    const { stdout } = await promisify(execFile)("node", [join(root, "dist", "cli", "main.js"), "restore", "--host", "gpu-1"], { env: stack.environment });
    expect(stdout).toContain("gpu-1: restored");
    expect(existsSync(host.files.at(dropIn))).toBe(false);
    expect(text("/boot/grub/grub.cfg")).toBe(grub);
    expect(succeeded(await stack.preview()).stdout).toContain("1 to update");
  });
});
