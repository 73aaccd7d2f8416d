import { createHash } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { previewRestore, restoreOnHost } from "../../../provider/host/restore";
import type { Step } from "../../../provider/plan/step";
import { Bench, bindingFiles, dropIn, image, release } from "./simulated";

const adds = ["intel_iommu=on"];
const removes = ["intel_iommu=off"];
const stage = (of: "arguments" | "initramfs"): Step => ({ kind: "stageTrialBoot", of, adds: of === "arguments" ? adds : [], removes: of === "arguments" ? removes : [] });
const keep: Step = { kind: "keepTrialBoot", adds, removes };
const restoreFile = (path: string): Step => ({ kind: "restoreFile", path });
const bindingPaths = ["/etc/initramfs-tools/scripts/init-top/gpuhost-vfio", "/etc/initramfs-tools/hooks/gpuhost-vfio", "/etc/gpuhost/vfio-binding.conf"];

describe("boot entries and images on a simulated host", () => {
  let bench: Bench;
  let before: string;
  beforeAll(async () => {
    bench = await Bench.open("quiet intel_iommu=off");
    before = bench.configuration();
  });
  afterAll(() => bench.close());

  const reboot = async (reason: string) => {
    const boots = bench.host.boots;
    await bench.done("HostReboot", { kind: "armTrialBoot" }, { kind: "reboot", reason, bootId: bench.bootId });
    await expect.poll(() => bench.host.boots, { timeout: 20_000 }).toBe(boots + 1);
    await expect.poll(() => bench.shell().then((shell) => shell.close().then(() => "up"), () => "down"), { timeout: 20_000 }).toBe("up");
  };

  it("stops before anything is installed when an entry would change in more than what was named", async () => {
    bench.host.files.write("/etc/default/grub.d/50-theirs.cfg", 'GRUB_CMDLINE_LINUX="$GRUB_CMDLINE_LINUX theirs=1"');
    const outcome = await bench.apply("KernelArguments", dropIn("trial", "intel_iommu=on"), stage("arguments"));
    expect(outcome).toMatchObject({ state: "failed", steps: [{ state: "undone" }, { state: "failed" }] });
    expect(outcome.says).toMatch(/entry "Debian GNU\/Linux" would gain theirs=1;.* Nothing was installed/);
    bench.host.files.remove("/etc/default/grub.d/50-theirs.cfg");
    expect(bench.configuration()).toBe(before);
  });

  it("stops when what was planned does not come about", async () => {
    bench.host.files.write("/etc/default/grub.d/zzz-last.cfg", 'GRUB_CMDLINE_LINUX_DEFAULT="quiet intel_iommu=off"');
    const outcome = await bench.apply("KernelArguments", dropIn("trial", "intel_iommu=on"), stage("arguments"));
    expect(outcome.says).toContain("intel_iommu=on is missing");
    bench.host.files.remove("/etc/default/grub.d/zzz-last.cfg");
    expect(bench.configuration()).toBe(before);
  });

  it("does not choose a boot that somebody else has chosen, nor one that is not staged", async () => {
    expect((await bench.apply("HostReboot", { kind: "armTrialBoot" })).says).toContain("no entry gpuhost-trial is staged");
  });

  it("lets another wish take the place of the one on trial", async () => {
    await bench.done("KernelArguments", dropIn("trial", "intel_iommu=on init=/bin/false"), { kind: "stageTrialBoot", of: "arguments", adds: [...adds, "init=/bin/false"], removes });
    const again = { ...dropIn("trial", "intel_iommu=on"), before: createHash("sha256").update(bench.read("/etc/default/grub.d/zz-gpuhost.cfg")).digest("hex") } as Step;
    await bench.done("KernelArguments", again, stage("arguments"));
    expect(bench.read("/var/lib/gpuhost/trial/entry.cfg")).toMatch(/intel_iommu=on\n/);
    expect(bench.read("/var/lib/gpuhost/trial/adds").trim()).toBe("intel_iommu=on");
    await bench.done("KernelArguments", restoreFile("/etc/default/grub.d/zz-gpuhost.cfg"), { kind: "dropTrialBoot", of: "arguments" });
    expect(bench.configuration()).toBe(before);
  });

  it("stages arguments and an image one after the other, drops one of both, and takes all back", async () => {
    const untouched = bench.defaultArguments();
    await bench.done("KernelArguments", dropIn("trial", "intel_iommu=on"), stage("arguments"));
    await bench.done("VfioBinding", ...bindingFiles(), image("trial"), stage("initramfs"));
    expect(bench.defaultArguments()).toBe(untouched);
    expect(bench.read("/var/lib/gpuhost/trial/of")).toBe("arguments\ninitramfs");
    const entry = bench.read("/var/lib/gpuhost/trial/entry.cfg");
    expect(entry).toMatch(/^menuentry 'gpuhost trial of Debian GNU\/Linux' --class debian .*--id gpuhost-trial \{\n/);
    expect(entry).toMatch(new RegExp(`\\tlinux\\t/boot/vmlinuz-${release} .*intel_iommu=on`));
    expect(entry).toContain(`\tinitrd\t/boot/gpuhost-initrd.img-${release}\n`);
    expect(entry).not.toMatch(/intel_iommu=off|menuentry_id_option/);
    await bench.done("KernelArguments", restoreFile("/etc/default/grub.d/zz-gpuhost.cfg"), { kind: "dropTrialBoot", of: "arguments" });
    expect(bench.read("/var/lib/gpuhost/trial/of")).toBe("initramfs");
    expect(bench.read("/var/lib/gpuhost/trial/arguments")).toContain("intel_iommu=off");
    await bench.done("VfioBinding", { kind: "dropTrialBoot", of: "initramfs" }, ...bindingPaths.map(restoreFile));
    expect(bench.configuration()).toBe(before);
    expect(bench.host.files.exists("/var/lib/gpuhost/trial")).toBe(false);
  });

  it("keeps nothing that the host was not seen running with", async () => {
    await bench.done("KernelArguments", dropIn("trial", "intel_iommu=on"), stage("arguments"));
    const outcome = await bench.apply("HostReboot", keep);
    expect(outcome).toMatchObject({ state: "failed" });
    expect(outcome.says).toContain("lacks intel_iommu=on");
    expect(bench.read("/etc/default/grub.d/zz-gpuhost.cfg")).toContain("# gpuhost state: trial");
  });

  it("tries both in one boot, keeps both, and does not reboot twice for the same", async () => {
    await bench.done("VfioBinding", ...bindingFiles(), image("trial"), stage("initramfs"));
    await reboot("arguments");
    expect(bench.read("/proc/cmdline")).toContain("intel_iommu=on");
    expect([bench.driver("0000:65:00.0"), bench.driver("0000:65:00.1")]).toEqual(["vfio-pci", "vfio-pci"]);
    expect(bench.defaultArguments()).toContain("intel_iommu=off");
    expect((await bench.apply("HostReboot", { kind: "reboot", reason: "arguments", bootId: bench.bootId })).says).toContain("already the result of a reboot for the same reason");
    await bench.done("HostReboot", keep);
    expect(bench.defaultArguments()).toMatch(/intel_iommu=on/);
    // It helped: once this is undone and somebody has rebooted, the same may be tried again.
    expect(bench.read("/var/lib/gpuhost/reboots")).toMatch(/ over \d+\s*$/);
    expect(bench.host.files.exists(`/boot/gpuhost-initrd.img-${release}`)).toBe(false);
    expect(bench.read("/boot/grub/grub.cfg")).not.toContain("gpuhost");
    expect(bench.host.files.exists("/var/lib/gpuhost/trial")).toBe(false);
    await bench.host.powerCycle();
    expect(bench.driver("0000:65:00.1")).toBe("vfio-pci");
  });

  it("says what a restore would do without writing, does it, and then finds nothing", async () => {
    const kept = bench.configuration();


    const preview = await previewRestore(await bench.shell());
    expect(preview.steps.map((step) => `${step.kind} ${step.state}`)).toEqual([
      "restoreFile not-reached", "restoreFile not-reached", "restoreFile not-reached", "restoreFile not-reached",
      "restoreInitramfs not-reached", "renderBootEntries not-reached",
    ]);
    expect(preview.says).toContain("the running kernel keeps intel_iommu=on until");
    expect(preview.says).toContain("on vfio-pci until somebody reboots the host: 0000:65:00.0 0000:65:00.1");
    expect(bench.configuration()).toBe(kept);
    const restored = await restoreOnHost(() => bench.shell(), "bench");
    expect(restored.state).toBe("needs-reboot");
    expect(restored.steps.map((step) => step.state)).toEqual(["done", "done", "done", "done", "done", "done"]);
    expect(bench.configuration()).toBe(before);
    expect(await restoreOnHost(() => bench.shell(), "bench")).toEqual({ state: "done", says: "nothing to restore", steps: [] });
    expect((await previewRestore(await bench.shell())).says).toBe("nothing to restore");
  });

  it("renders again when somebody else did since, and leaves nothing of ours", async () => {
    await bench.done("KernelArguments", dropIn("kept", "intel_iommu=on"), { kind: "renderBootEntries", adds, removes });
    bench.host.files.write("/etc/default/grub.d/50-theirs.cfg", 'GRUB_CMDLINE_LINUX="$GRUB_CMDLINE_LINUX theirs=1"');
    const shell = await bench.shell();
    expect((await shell.run("update-grub", { deadlineSeconds: 30 })).exitCode).toBe(0);
    await shell.close();
    await bench.done("KernelArguments", restoreFile("/etc/default/grub.d/zz-gpuhost.cfg"), { kind: "renderBootEntries", adds: removes, removes: adds });
    expect(bench.defaultArguments()).toMatch(/theirs=1 quiet intel_iommu=off$/);
    expect(await restoreOnHost(() => bench.shell(), "bench")).toMatchObject({ says: "nothing to restore" });
  });
});
