import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openSshShell } from "../../provider/host/ssh/openSshShell";
import { until } from "../beds/engine/running";
import { Stack, succeeded } from "../beds/engine/stack";
import { demoHosts } from "../beds/simulated/demoHosts";
import { Fleet } from "../beds/simulated/fleet";
import type { SimulatedHost } from "../beds/simulated/host";

const program = `
const gpuhost = require("pulumi-gpuhost");
module.exports = gpuhost.program(() => ({ ready: new gpuhost.GpuHost("gpu-1", {
  connection: { host: "gpu-1" },
  cards: [{ address: "0000:65:00.0", id: "10de:2231" }],
  kernelArguments: { shouldExist: ["intel_iommu=on"], shouldNotExist: ["intel_iommu=off"] },
}).ready }));`;

// Without `reboot: "whenNeeded"` a reboot is a person's business: the default.
describe("a host that a person reboots", () => {
  let fleet: Fleet;
  let host: SimulatedHost;
  let stack: Stack;
  const grub = (): string => readFileSync(host.files.at("/boot/grub/grub.cfg"), "utf8");

  beforeAll(async () => {
    fleet = new Fleet();
    host = await fleet.add(demoHosts[0]!.machine);
    stack = await Stack.create({ program, environment: { HOME: fleet.folder } });
  });
  afterAll(async () => {
    stack?.dispose();
    await fleet?.stop();
  });

  it("is staged by `up`, which says what waits and ends with an error, since the card is not ready", async () => {
    const { exitCode, stdout, stderr } = await stack.up();
    expect(exitCode).not.toBe(0);
    expect(stdout + stderr).toContain("1 of 1 hosts not ready: gpu-1.");
    expect(stdout + stderr).toContain("grub-reboot gpuhost-trial");
    expect(host.boots).toBe(1);
    expect(grub()).toContain("gpuhost-trial");
    expect((await stack.preview("--expect-no-changes")).exitCode).toBe(0);
  });

  it("is kept and proven by the next `up` after that reboot", async () => {
    const connection = { host: host.address, port: host.port, user: "root", identityFiles: [fleet.keyFile], knownHostsFiles: [fleet.knownHostsFile], sshConfigFile: false, agent: false } as const;
    const shell = await openSshShell(connection);
    await shell.run("grub-reboot gpuhost-trial && { sleep 1; systemctl reboot; } >/dev/null 2>&1 &", { deadlineSeconds: 20, what: "a person's reboot" });
    await shell.close();
    await until(() => host.boots === 2, "the second boot");
    const { stdout } = succeeded(await stack.up());
    expect(stdout).toContain("what was on trial becomes the default");
    expect(await stack.outputs()).toEqual({ ready: true });
    expect(host.boots).toBe(2);
    expect(grub()).not.toContain("gpuhost-trial");
    succeeded(await stack.preview("--expect-no-changes"));
  });
});
