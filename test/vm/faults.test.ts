import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Running } from "../beds/engine/running";
import type { Stack } from "../beds/engine/stack";
import { startLabHost, topologies, type LabHost } from "../beds/vm/lab";
import { connectionTo, setHosts, stackOf, type GpuHosts } from "./labStack";

/** Every fault comes while the host is in the middle of an apply; then one ordinary run has to finish the work. */
describe("faults in the middle of an apply", () => {
  const card = topologies.basic.cards["first"]!;
  let host: LabHost;
  let stack: Stack;
  let hosts: GpuHosts;

  beforeEach(async () => {
    host = await startLabHost({ cache: "writeback", name: "faults" });
    hosts = {
      hv1: {
        connection: connectionTo(host),
        cards: [{ address: card.functions[0], id: card.ids[0] }],
        kernelArguments: { shouldExist: ["intel_iommu=on"], shouldNotExist: ["intel_iommu=off"] },
        reboot: "whenNeeded",
      },
    };
    stack = await stackOf(hosts);
    await stack.configure({ "gpuhost:allowUnreviewed": "true" });
  });

  afterEach(async () => {
    stack.dispose();
    await host.stop();
  });

  /** Starts an up and returns once the host is rendering its boot entries. */
  async function upUntilRendering(): Promise<Running> {
    const up = stack.start(["up", "--stack", "dev", "--yes", "--skip-preview"]);
    const until = Date.now() + 240_000;
    while ((await host.ssh("pgrep -f grub-mkconfig")).code !== 0) {
      if (Date.now() > until) throw new Error("grub-mkconfig was never seen running on the host");
      await new Promise((resolve) => setTimeout(resolve, 300));
    }
    return up;
  }

  async function expectFinished(): Promise<void> {
    await stack.cancel();
    const up = await stack.up();
    expect(up.exitCode, up.stdout + up.stderr).toBe(0);
    expect((await stack.outputs())["hv1"]).toEqual({ ready: true });
    expect(await host.read("cat /proc/cmdline")).toMatch(/intel_iommu=on/);
    expect((await stack.preview("--expect-no-changes")).exitCode).toBe(0);
  }

  it("SSH session cut: the host goes on by itself, and the work is finished", async () => {
    const up = await upUntilRendering();
    await host.hostfwdRemove();
    // A removed port refuses new connections only: the standing one is ended at the other side.
    await host.read("pkill -KILL -f 'sshd: ops'");
    await new Promise((resolve) => setTimeout(resolve, 5_000));
    await host.hostfwdAdd();
    await up.result;
    await expectFinished();
  });

  it("provider killed: the host is left to itself, and the next run continues", async () => {
    const up = await upUntilRendering();
    expect(up.killProvider()).toBeGreaterThan(0);
    const ended = await up.result;
    expect(ended.exitCode).not.toBe(0);
    await expectFinished();
  });

  it("power cut: the host boots as it was, and the next run continues", async () => {
    const up = await upUntilRendering();
    await host.powerCut();
    await host.startAgain();
    await host.waitForSsh(300);
    expect(await host.read("cat /proc/cmdline")).toMatch(/ intel_iommu=off$/);
    await up.result;
    await expectFinished();
  });

  it("a reboot that never comes back: says so, a power cycle returns to what worked, and a mended run finishes", async () => {
    const bad = { ...hosts["hv1"], kernelArguments: { shouldExist: ["intel_iommu=on", "init=/bin/false", "panic=0"], shouldNotExist: ["intel_iommu=off"] }, rebootDeadlineSeconds: 75 };
    setHosts(stack, { hv1: bad });
    const up = await stack.up();
    expect(up.exitCode).not.toBe(0);
    expect(up.stdout + up.stderr).toMatch(/did not come back/);
    await host.powerCut();
    await host.startAgain();
    await host.waitForSsh(300);
    expect(await host.read("cat /proc/cmdline")).toMatch(/ intel_iommu=off$/);
    setHosts(stack, hosts);
    await expectFinished();
  });
});
