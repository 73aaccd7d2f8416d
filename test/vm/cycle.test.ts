import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Stack } from "../beds/engine/stack";
import { startLabHost, topologies, type LabHost } from "../beds/vm/lab";
import { bootState, changedPaths, difference, drivers, footprint, sshTraffic } from "./footprint";
import { connectionTo, setHosts, stackOf, type GpuHosts } from "./labStack";

/**
 * One host, the whole way, each step building on the one before: a kernel whose IOMMU is off by argument, two identical cards of
 * which one stays with the host, preview, up through a real reboot, nothing left, drift, stale plan, destroy and reboot back.
 */
describe("one cycle on a real kernel", () => {
  const card = topologies.basic.cards["first"]!;
  let host: LabHost;
  let stack: Stack;
  let hosts: GpuHosts;
  let boot: string[];
  let driversBefore: Record<string, string>;

  beforeAll(async () => {
    host = await startLabHost({ kernel: "full", name: "cycle" });
    hosts = {
      hv1: {
        connection: connectionTo(host),
        cards: [{ address: card.functions[0], id: card.ids[0] }],
        kernelArguments: { shouldExist: ["intel_iommu=on", "iommu=pt"], shouldNotExist: ["intel_iommu=off"] },
        reboot: "whenNeeded",
      },
    };
    stack = await stackOf(hosts);
    boot = await bootState(host);
    driversBefore = await drivers(host);
  });

  afterAll(async () => {
    stack?.dispose();
    await host?.stop();
  });

  it("previews with one connection and one exec, without leaving more than a login that runs true", async () => {
    await host.read("true", { user: "ops" });
    const before = await footprint(host);
    await host.read("true", { user: "ops" });
    const login = await footprint(host);
    const quiet = await sshTraffic(host);
    const preview = await stack.preview();
    const traffic = await sshTraffic(host);
    const after = await footprint(host);
    expect(preview.stderr + preview.stdout).toContain("intel_iommu=on");
    expect(preview.exitCode).toBe(0);
    expect(changedPaths(login, after).filter((path) => !changedPaths(before, login).includes(path))).toEqual([]);
    expect(preview.stdout).toMatch(/group not known until the reboot/);
    expect({ logins: traffic.logins - quiet.logins, execs: traffic.execs - quiet.execs }).toEqual({ logins: 1, execs: 1 });
  });

  it("goes up through one reboot to a host that is ready", async () => {
    const bootId = await host.bootId();
    const up = await stack.up();
    expect(up.stderr + up.stdout).not.toMatch(/error/i);
    expect(up.exitCode).toBe(0);
    expect(await host.bootId()).not.toBe(bootId);
    const now = await drivers(host);
    expect(card.functions.map((address) => now[address])).toEqual(["vfio-pci", "vfio-pci"]);
    const second = topologies.basic.cards["second"]!.functions;
    expect(second.map((address) => now[address])).toEqual(second.map((address) => driversBefore[address]));
    expect(await host.read("cat /proc/cmdline")).toMatch(/intel_iommu=on iommu=pt/);
    expect(await host.read("cat /proc/cmdline")).not.toMatch(/intel_iommu=off/);
    expect((await stack.outputs())["hv1"]).toEqual({ ready: true });
    const group = [...(await host.groups()).entries()].find(([, members]) => members.includes(card.functions[0]!))!;
    expect(await host.read(`vfio-group ${group[0]}`)).toMatch(/viable/);
  });

  it("is kept: the next ordinary boot would be the same", async () => {
    const configuration = await host.read("cat /boot/grub/grub.cfg");
    expect(configuration).not.toContain("gpuhost-trial");
    expect(configuration).toMatch(/linux\s.*intel_iommu=on iommu=pt/);
    expect(configuration).not.toMatch(/linux\s.*intel_iommu=off/);
  });

  it("has nothing to do the second time: its preview shows nothing, and neither does what follows", async () => {
    const up = await stack.up("--expect-no-changes");
    expect(up.exitCode, up.stdout + up.stderr).toBe(0);
  });

  it("stops a reviewed plan when the host moved before it was applied", async () => {
    setHosts(stack, { hv1: { ...hosts["hv1"], kernelArguments: { shouldExist: ["intel_iommu=on", "iommu=pt", "pci=noats"], shouldNotExist: ["intel_iommu=off"] } } });
    const plan = join(stack.folder, "plan.json");
    const preview = await stack.preview("--save-plan", plan);
    expect(preview.exitCode, preview.stdout + preview.stderr).toBe(0);
    await host.read("echo 'GRUB_CMDLINE_LINUX=\"$GRUB_CMDLINE_LINUX added_by=somebody\"' > /etc/default/grub.d/50-somebody.cfg && update-grub");
    const before = await bootState(host);
    const up = await stack.up("--plan", plan);
    expect(up.exitCode).not.toBe(0);
    expect(up.stdout + up.stderr).toMatch(/violates plan|moved/);
    expect(difference(before, await bootState(host))).toEqual([]);
    await host.read("rm /etc/default/grub.d/50-somebody.cfg && update-grub");
    setHosts(stack, hosts);
  });

  it("shows drift without --refresh, mends it, and shows the same drift again", async () => {
    // The engine compares inputs with inputs: the second time only the plan's "again:" can differ.
    for (const shown of [/observed\s*:.*=>.*was removed since we wrote it/, /=> \\?"again: was removed/]) {
      await host.read("rm /etc/default/grub.d/zz-gpuhost.cfg && update-grub");
      const up = await stack.up();
      expect(up.exitCode, up.stdout + up.stderr).toBe(0);
      expect(up.stdout.slice(0, up.stdout.indexOf("Updating ("))).toMatch(shown);
    }
    const preview = await stack.preview("--expect-no-changes");
    expect(preview.exitCode, preview.stdout + preview.stderr).toBe(0);
  });

  it("is undone by destroy, and after a reboot it is what it was, byte for byte", async () => {
    const bootId = await host.bootId();
    const destroy = await stack.destroy();
    writeFileSync(join(stack.folder, "destroy.txt"), destroy.stdout + destroy.stderr);
    expect(destroy.exitCode, destroy.stdout + destroy.stderr).toBe(0);
    expect(await host.bootId()).toBe(bootId);
    expect(difference(boot, await bootState(host))).toEqual([]);
    await host.ssh("systemctl reboot");
    await host.waitForSsh(300, bootId);
    expect(await drivers(host)).toEqual(driversBefore);
    expect(await host.read("cat /proc/cmdline")).toMatch(/ intel_iommu=off$/);
    expect(await host.read("ls /sys/kernel/iommu_groups | wc -l")).toBe("0");
    expect(difference(boot, await bootState(host))).toEqual([]);
  });
});
