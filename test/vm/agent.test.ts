import { afterAll, beforeAll, describe, expect, it } from "vitest";
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
import { bootState, difference } from "./footprint";

/** The agent on a real kernel with real GRUB and initramfs-tools: both kinds of trial in one boot, kept, and restored. */
describe("the agent on a real kernel", () => {
  const card = topologies.basic.cards["first"]!;
  const wanted = { shouldExist: ["intel_iommu=on", "iommu=pt"], shouldNotExist: ["intel_iommu=off"] };
  const log: string[] = [];
  let vm: LabHost;
  let host: Host;
  let before: string[];
  const connection = () => ({ host: vm.address, port: vm.port, user: "ops", identityFiles: [vm.identityFile], knownHostsFiles: [vm.knownHostsFile], sshConfigFile: false, agent: false, jumpHosts: [] }) as const;
  const apply = async (owner: string, steps: readonly Step[]): Promise<Outcome> => {
    const { identity } = await host.observe();
    const began = performance.now();
    const outcome = await host.apply({ owner, who: "test", identity, steps }, (line) => {
      log.push(line);
      process.stderr.write(`${((performance.now() - began) / 1000).toFixed(1)} ${line}\n`);
    });
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
    process.stderr.write(`${preview.says}\n${preview.steps.map((step) => step.says).join("\n")}\n`);
    const outcome = await restoreOnHost(open, "test", (line) => void process.stderr.write(`${line}\n`));
    expect(outcome.state).toBe("needs-reboot");
    expect(difference(before, await bootState(vm))).toEqual([]);
    expect((await restoreOnHost(open, "test")).says).toBe("nothing to restore");
  });
});
