import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { printArgument } from "../../provider/facts/commandLine";
import { known } from "../../provider/facts/reading";
import type { Host, Outcome } from "../../provider/host/host";
import { previewRestore, restoreOnHost } from "../../provider/host/restore";
import { openSshShell } from "../../provider/host/ssh/openSshShell";
import { sshHost } from "../../provider/host/sshHost";
import { BINDING_PATH, bindingText } from "../../provider/plan/bootBinding";
import { hookFiles } from "../../provider/plan/bootBindingFiles";
import { planHostReboot } from "../../provider/plan/hostReboot";
import { planKernelArguments } from "../../provider/plan/kernelArguments";
import type { Step } from "../../provider/plan/step";
import { startLabHost, topologies, type LabHost } from "../beds/vm/lab";
import { bootState, difference, drivers } from "./footprint";

const connectionOf = (vm: LabHost) =>
  ({ host: vm.address, port: vm.port, user: "ops", identityFiles: [vm.identityFile], knownHostsFiles: [vm.knownHostsFile], sshConfigFile: false, agent: false, jumpHosts: [] }) as const;

/** The agent on a real kernel with real GRUB and initramfs-tools: both kinds of trial in one boot, kept, and restored. */
describe("the agent on a real kernel", () => {
  const card = topologies.basic.cards["first"]!;
  const wanted = { shouldExist: ["intel_iommu=on", "iommu=pt"], shouldNotExist: ["intel_iommu=off"] };
  const log: string[] = [];
  let vm: LabHost;
  let host: Host;
  let before: string[];
  const connection = () => connectionOf(vm);
  const apply = async (owner: string, steps: readonly Step[]): Promise<Outcome> => {
    const { identity } = await host.observe();
    const outcome = await host.apply({ owner, who: "test", identity, steps }, (line) => void log.push(line));
    if (outcome.state !== "done") throw new Error(`${JSON.stringify(outcome, null, 1)}\n${log.slice(-20).join("\n")}`);
    return outcome;
  };

  beforeAll(async () => {
    vm = await startLabHost({ kernel: "cloud", name: "agent" });
    host = await sshHost(connection());
    before = await bootState(vm);
  });
  afterAll(async () => {
    await host?.close();
    await vm?.stop();
  });

  it("stages arguments and an image of its own, and changes no default entry", async () => {
    const facts = await host.observe();
    await apply("KernelArguments", planKernelArguments(facts, wanted).steps);
    const functions = card.functions.map((address) => {
      const device = facts.pciDevices.find((each) => each.address === address)!;
      return { address, ids: [device.vendor, device.device, device.subsystemVendor, device.subsystemDevice].map((each) => known(each) ?? "").join(":"), driver: "vfio-pci" };
    });
    const release = known(facts.system.kernelRelease)!;
    await apply("VfioBinding", [
      { kind: "writeFile", path: BINDING_PATH, mode: "0644", before: "absent", text: bindingText({ state: "trial", functions, before: [] }) },
      ...hookFiles("initramfs-tools").map(({ path, mode, text }): Step => ({ kind: "writeFile", path, mode, text, before: "absent" })),
      { kind: "buildInitramfs", tool: "initramfs-tools", image: "trial", kernels: [release], neededBytes: 40_000_000 },
      { kind: "stageTrialBoot", of: "initramfs", adds: [], removes: [] },
    ]);
    const staged = await host.observe();
    expect(known(staged.journal.trial)).toMatchObject({ state: "staged", of: ["arguments", "initramfs"] });
    expect(staged.kernelCommandLine.nextBoot).toEqual(facts.kernelCommandLine.nextBoot);
  });

  it("boots it once, with the card on vfio-pci, and keeps it", async () => {
    const facts = await host.observe();
    const desired = { arguments: wanted.shouldExist, absentArguments: wanted.shouldNotExist, drivers: Object.fromEntries(card.functions.map((address) => [address, "vfio-pci"])), policy: "whenNeeded", guests: {}, deadlineSeconds: 300 } as const;
    const plan = planHostReboot(facts, desired);
    expect(plan.steps.map(({ kind }) => kind)).toEqual(["armTrialBoot", "reboot", "keepTrialBoot"]);
    await apply("HostReboot", plan.steps.slice(0, 2));
    await host.waitForBoot(known(facts.system.bootId)!, 300);
    const tried = await host.observe();
    expect((known(tried.kernelCommandLine.running) ?? []).map(printArgument)).toEqual(expect.arrayContaining(wanted.shouldExist));
    for (const address of card.functions) expect(known(tried.pciDevices.find((each) => each.address === address)!.driver)).toBe("vfio-pci");
    const keep = planHostReboot(tried, desired);
    expect(keep.steps.map(({ kind }) => kind)).toEqual(["keepTrialBoot"]);
    await apply("HostReboot", keep.steps);
    const kept = await host.observe();
    expect((known(kept.kernelCommandLine.nextBoot) ?? []).map(printArgument)).toEqual(expect.arrayContaining(wanted.shouldExist));
    expect(known(kept.journal.trial)).toBeUndefined();
  });

  it("restores everything from the host's own journal, byte for byte", async () => {
    const open = () => openSshShell(connection());
    const preview = await previewRestore(await open());
    expect(preview.steps.map((step) => step.kind)).toEqual(["restoreFile", "restoreFile", "restoreFile", "restoreFile", "restoreInitramfs", "renderBootEntries"]);
    const outcome = await restoreOnHost(open, "test");
    expect(outcome.state).toBe("needs-reboot");
    expect(difference(before, await bootState(vm))).toEqual([]);
    expect((await restoreOnHost(open, "test")).says).toBe("nothing to restore");
  });
});

describe("the agent and native drivers", () => {
  const [graphics, audio] = topologies.basic.cards["first"]!.functions as [string, string];
  let vm: LabHost;
  let host: Host;
  beforeAll(async () => {
    vm = await startLabHost({ kernel: "full", iommu: "on", name: "rebind" });
    host = await sshHost(connectionOf(vm));
  });
  afterAll(async () => {
    await host?.close();
    await vm?.stop();
  });

  it("moves both functions to vfio-pci now, and back to the drivers they had", async () => {
    const facts = await host.observe();
    const before = await drivers(vm);
    const functions = [audio, graphics].map((address) => {
      const device = facts.pciDevices.find((each) => each.address === address)!;
      const ids = [device.vendor, device.device, device.subsystemVendor, device.subsystemDevice].map((each) => known(each) ?? "").join(":");
      return { address, ids, from: known(device.driver) ?? null, to: "vfio-pci" };
    });
    const apply = (steps: readonly Step[]) => host.apply({ owner: "VfioBinding", who: "test", identity: facts.identity, steps });
    expect(await apply([{ kind: "loadModule", module: "vfio-pci" }, { kind: "rebind", functions, deadlineSeconds: 30 }])).toMatchObject({ state: "done" });
    const bound = await drivers(vm);
    expect([bound[graphics], bound[audio]]).toEqual(["vfio-pci", "vfio-pci"]);
    expect(await apply([{ kind: "releaseDevice", addresses: [audio, graphics], deadlineSeconds: 30 }])).toMatchObject({ state: "done" });
    expect(await drivers(vm)).toEqual(before);
    expect((await host.observe()).journal.devices).toEqual([]);
  });
});

describe("the agent and a power cut", () => {
  let vm: LabHost;
  afterEach(async () => vm?.stop());

  it.each([2, 6, 12])("%i s into staging a trial: the host boots as it was, and the next transaction undoes what was left", async (seconds) => {
    vm = await startLabHost({ kernel: "cloud", cache: "writeback", name: "power" });
    const host = await sshHost(connectionOf(vm));
    const before = await bootState(vm);
    const facts = await host.observe();
    const steps = planKernelArguments(facts, { shouldExist: ["intel_iommu=on"], shouldNotExist: ["intel_iommu=off"] }).steps;
    const cut = host.apply({ owner: "KernelArguments", who: "test", identity: facts.identity, steps }).then((outcome) => outcome.state, () => "lost");
    await sleep(seconds * 1000);
    await vm.powerCut();
    await vm.startAgain();
    await vm.waitForSsh(300);
    // Whoever waited finds the host again and has it undone; else the next transaction does.
    const ended = await cut;
    expect(await vm.read("cat /proc/cmdline")).toMatch(/ intel_iommu=off$/);
    const next = await host.apply({ owner: "KernelArguments", who: "test", identity: facts.identity, steps: [] });
    expect(next.state).toBe("done");
    if (ended !== "done") expect(difference(before, await bootState(vm))).toEqual([]);
    await host.close();
  });
});
