import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { root } from "../beds/engine/engine";
import { Stack, succeeded } from "../beds/engine/stack";
import { demoHosts } from "../beds/simulated/demoHosts";
import { Fleet } from "../beds/simulated/fleet";

// The stack at the top of the repository, with one host of its example's kind.
describe("the rollout stack", () => {
  let fleet: Fleet;
  let stack: Stack;
  const configuration = (text: string): void => stack.write("Pulumi.dev.yaml", `${salt}\nconfig:\n${text}`);
  let salt = "";

  beforeAll(async () => {
    fleet = new Fleet();
    await fleet.add(demoHosts[0]!.machine);
    stack = await Stack.create({ program: "", environment: { HOME: fleet.folder } });
    for (const path of ["Pulumi.yaml", "examples/rollout/index.js", "examples/rollout/hosts.js"]) stack.write(path, readFileSync(join(root, path), "utf8"));
    succeeded(await stack.run(["stack", "init", "dev"]));
    salt = stack.read("Pulumi.dev.yaml").match(/^encryptionsalt: .*$/m)?.[0] ?? "";
  });
  afterAll(async () => {
    stack?.dispose();
    await fleet?.stop();
  });

  it("says what to do while it has no hosts", async () => {
    configuration("  gpuhost:policy: {}\n");
    const { exitCode, stdout, stderr } = await stack.preview();
    expect(exitCode).not.toBe(0);
    expect(stdout + stderr).toContain("This stack has no hosts yet");
  });

  it("says which setting of a host nobody knows", async () => {
    configuration('  gpuhost:hosts:\n    gpu-1:\n      cards: []\n      acceptGroupMember: []\n');
    const { exitCode, stdout, stderr } = await stack.preview();
    expect(exitCode).not.toBe(0);
    expect(stdout + stderr).toContain('GpuHost gpu-1: "acceptGroupMember" is not known here');
    expect(stdout + stderr).not.toMatch(/ at .*\.js:\d+/);
  });

  it("previews its hosts with the policy's settings", async () => {
    configuration([
      "  gpuhost:policy:", "    reboot: never", '    kernelArguments: { shouldExist: ["intel_iommu=on"], shouldNotExist: ["intel_iommu=off"] }',
      "  gpuhost:hosts:", "    gpu-1:", '      cards: [{ address: "0000:65:00.0", id: "10de:2231" }]', "",
    ].join("\n"));
    const { stdout } = succeeded(await stack.preview());
    expect(stdout).toContain("file /etc/default/grub.d/zz-gpuhost.cfg");
    expect(stdout).toContain('waits for a reboot that policy \\"never\\" leaves to you');
  });

  it("judges them by the policy file beside Pulumi.yaml", async () => {
    stack.write("gpu-policy.yaml", "severities: { multi-tenant: { boot-display: refuse } }\n");
    configuration('  gpuhost:policyFile: gpu-policy.yaml\n  gpuhost:hosts:\n    gpu-1:\n      cards: [{ address: "0000:65:00.0", id: "10de:2231" }]\n');
    const { stdout } = await stack.preview();
    expect(stdout).toMatch(/boot-display *: "refuse"/);
  });

  it("has its hosts go in waves where the configuration says how", async () => {
    configuration('  gpuhost:rollout: { canary: [gpu-2] }\n  gpuhost:hosts:\n    gpu-1:\n      cards: [{ address: "0000:65:00.0", id: "10de:2231" }]\n');
    const { exitCode, stdout, stderr } = await stack.preview();
    expect(exitCode).not.toBe(0);
    expect(stdout + stderr).toContain('GpuFleet fleet: rollout.canary[0]: no host of the fleet is called "gpu-2"');
    configuration('  gpuhost:rollout: { maxUnavailable: 2 }\n  gpuhost:policy: { kernelArguments: { shouldExist: ["intel_iommu=on"], shouldNotExist: ["intel_iommu=off"] } }\n  gpuhost:hosts:\n    gpu-1:\n      cards: [{ address: "0000:65:00.0", id: "10de:2231" }]\n');
    const planned = await stack.preview();
    expect(planned.stdout + planned.stderr).toContain("GpuFleet fleet: wave 1 of 1 goes now (1 host: gpu-1); no host waits.");
  });
});
