import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Running } from "../beds/engine/running";
import type { Stack } from "../beds/engine/stack";
import { startLabHost, topologies, type LabHost } from "../beds/vm/lab";
import { connectionTo, setHosts, stackOf } from "./labStack";

/**
 * One host, whose wish for arguments grows with every test. Each fault comes while the host is in the middle of applying the wish; then
 * one ordinary run has to finish the work, through a reboot, to a host that is ready and has nothing left to do.
 */
describe("faults in the middle of an apply", () => {
  const card = topologies.basic.cards["first"]!;
  const wishes = ["intel_iommu=on", "iommu=pt", "pci=noats", "pcie_aspm=off"];
  let host: LabHost;
  let stack: Stack;

  beforeAll(async () => {
    host = await startLabHost({ cache: "writeback", name: "faults" });
    stack = await stackOf({});
    await stack.configure({ "gpuhost:allowUnreviewed": "true" });
  });

  afterAll(async () => {
    stack?.dispose();
    await host?.stop();
  });

  function wish(shouldExist: readonly string[], more: Record<string, unknown> = {}): void {
    setHosts(stack, {
      hv1: {
        connection: connectionTo(host),
        cards: [{ address: card.functions[0], id: card.ids[0] }],
        kernelArguments: { shouldExist, shouldNotExist: ["intel_iommu=off"] },
        reboot: "whenNeeded",
        ...more,
      },
    });
  }

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

  const cardDriver = (): Promise<string> => host.read(`basename "$(readlink /sys/bus/pci/devices/${card.functions[0]}/driver)"`);

  async function expectFinished(line: string): Promise<void> {
    await stack.cancel();
    const up = await stack.up();
    expect(up.exitCode, up.stdout + up.stderr).toBe(0);
    expect((await stack.outputs())["hv1"]).toEqual({ ready: true });
    expect(await host.read("cat /proc/cmdline")).toMatch(new RegExp(` ${line}$`));
    expect(await cardDriver()).toBe("vfio-pci");
    expect((await stack.preview("--expect-no-changes")).exitCode).toBe(0);
  }

  it("SSH session cut: the host goes on by itself, and the work is finished", async () => {
    wish(wishes.slice(0, 1));
    const up = await upUntilRendering();
    await host.hostfwdRemove();
    // A removed port refuses new connections only: the standing one is ended at the other side.
    await host.read("pkill -KILL -f 'sshd: ops'");
    await new Promise((resolve) => setTimeout(resolve, 5_000));
    await host.hostfwdAdd();
    await up.result;
    await expectFinished("intel_iommu=on");
  });

  // GRUB replays no journal of a file system: what is kept has to be in its place on the disk, not only safe in the journal.
  it("power cut right after an apply: GRUB finds what was kept", async () => {
    await host.powerCut();
    await host.startAgain();
    await host.waitForSsh(300);
    expect(await host.read("cat /proc/cmdline")).toMatch(/ intel_iommu=on$/);
    expect(await cardDriver()).toBe("vfio-pci");
  });

  it("provider killed: the host is left to itself, and the next run continues", async () => {
    wish(wishes.slice(0, 2));
    const up = await upUntilRendering();
    expect(up.killProvider()).toBeGreaterThan(0);
    const ended = await up.result;
    expect(ended.exitCode).not.toBe(0);
    await expectFinished("intel_iommu=on iommu=pt");
  });

  it("power cut: the host boots as it was, with its card, and the next run continues", async () => {
    wish(wishes.slice(0, 3));
    const up = await upUntilRendering();
    await host.powerCut();
    await host.startAgain();
    await host.waitForSsh(300);
    expect(await host.read("cat /proc/cmdline")).toMatch(/ intel_iommu=on iommu=pt$/);
    expect(await cardDriver()).toBe("vfio-pci");
    await up.result;
    await expectFinished("intel_iommu=on iommu=pt pci=noats");
  });

  it("a reboot that never comes back: says so, a power cycle returns to what worked, and a mended run finishes", async () => {
    wish([...wishes.slice(0, 3), "init=/bin/false", "panic=0"], { rebootDeadlineSeconds: 45 });
    const up = await stack.up();
    expect(up.exitCode).not.toBe(0);
    expect(up.stdout + up.stderr).toMatch(/did not come back/);
    await host.powerCut();
    await host.startAgain();
    await host.waitForSsh(300);
    expect(await host.read("cat /proc/cmdline")).toMatch(/ intel_iommu=on iommu=pt pci=noats$/);
    expect(await cardDriver()).toBe("vfio-pci");
    wish(wishes);
    await expectFinished("intel_iommu=on iommu=pt pci=noats pcie_aspm=off");
  });
});
