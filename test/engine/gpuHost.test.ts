import { existsSync, readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { demoHosts } from "../beds/simulated/demoHosts";
import { Fleet } from "../beds/simulated/fleet";
import type { SimulatedHost } from "../beds/simulated/host";
import { Stack, succeeded } from "../beds/engine/stack";

// The whole way with real engine, real SSH and the real scripts on simulated hosts: one gets ready, one is refused, one does not answer.
const program = `
const gpuhost = require("pulumi-gpuhost");
module.exports = gpuhost.program(() => {
  const ready = {};
  for (const name of ["gpu-1", "gpu-2", "gpu-3"]) {
    ready[name] = new gpuhost.GpuHost(name, {
      connection: { host: name },
      cards: [{ address: "0000:65:00.0", id: "10de:2231" }],
      kernelArguments: { shouldExist: ["intel_iommu=on", "iommu=pt"], shouldNotExist: ["intel_iommu=off"] },
      reboot: "whenNeeded",
    }).ready;
  }
  return { ready };
});`;

describe("GpuHost on three hosts", () => {
  let fleet: Fleet;
  let stack: Stack;
  let good: SimulatedHost;
  let bad: SimulatedHost;
  let grub: string;
  /** SSH connections and commands of the good host in what `run` does. The server of the host starts anew with each boot. */
  const traffic = async (run: () => Promise<unknown>): Promise<{ connections: number; commands: number }> => {
    const before = { ...good.ssh.counts };
    await run();
    return { connections: good.ssh.counts.connections - before.connections, commands: good.ssh.counts.commands - before.commands };
  };
  const text = (host: SimulatedHost, path: string): string => readFileSync(host.files.at(path), "utf8");

  beforeAll(async () => {
    fleet = new Fleet();
    const hosts = await Promise.all(demoHosts.map(({ machine, faults }) => fleet.add(machine, { faults: { ...faults } })));
    [good, bad] = hosts as [SimulatedHost, SimulatedHost];
    grub = text(good, "/boot/grub/grub.cfg");
    stack = await Stack.create({ program, environment: { HOME: fleet.folder } });
  });
  afterAll(async () => {
    stack?.dispose();
    await fleet?.stop();
  });

  it("shows all three, and nothing was done", async () => {
    const { exitCode, stdout, stderr } = await stack.preview();
    expect(exitCode).not.toBe(0);
    expect(stdout).toContain("file /etc/default/grub.d/zz-gpuhost.cfg");
    expect(stdout).toMatch(/device 0000:65:00\.0 \(10de:2231\) *: [^}]*"vfio-pci at every boot from the next one on/);
    expect(stdout).toMatch(/device 0000:65:00\.1 \(10de:1aef\)/);
    expect(stdout).toMatch(/held back, nothing will be done: VfioBinding of this host is refused/);
    expect(stdout + stderr).toContain("1 of 3 hosts unreachable: gpu-3; 1 of 3 hosts refused: gpu-2.");
    expect(text(good, "/boot/grub/grub.cfg")).toBe(grub);
    expect(existsSync(good.files.at("/var/lib/gpuhost"))).toBe(false);
  });

  it("reads a host by one connection and one command", async () => {
    expect(await traffic(() => stack.preview())).toEqual({ connections: 1, commands: 1 });
  });

  it("makes the good one ready by one reboot, and touches nothing on the refused one", async () => {
    const { exitCode, stdout, stderr } = await stack.up();
    expect(exitCode).not.toBe(0);
    expect(stdout + stderr).toContain("1 of 3 hosts unreachable: gpu-3; 1 of 3 hosts refused: gpu-2.");
    expect((await stack.outputs())["ready"]).toEqual({ "gpu-1": true, "gpu-2": false, "gpu-3": false });
    expect(good.boots).toBe(2);
    expect(bad.boots).toBe(1);
    expect(existsSync(bad.files.at("/var/lib/gpuhost"))).toBe(false);
    expect(text(good, "/boot/grub/grub.cfg")).not.toContain("gpuhost-trial");
    expect(text(good, "/proc/cmdline")).toContain("intel_iommu=on");
  });

  it("shows nothing for it the second time", async () => {
    const { stdout } = await stack.preview();
    expect(stdout).toMatch(/^ *16 unchanged$/m);
  });

  it("puts it back when the stack is destroyed, and never reboots", async () => {
    succeeded(await stack.destroy());
    expect(good.boots).toBe(2);
    expect(text(good, "/boot/grub/grub.cfg")).toBe(grub);
    expect(existsSync(good.files.at("/etc/default/grub.d/zz-gpuhost.cfg"))).toBe(false);
  });
});
