import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { hostFacts } from "../../provider/facts/assemble";
import type { HostFacts } from "../../provider/facts/hostFacts";
import { absent, known } from "../../provider/facts/reading";
import { localShell } from "../../provider/host/localShell";
import { observe, readSnapshot } from "../../provider/host/observe";
import { recordingEntries } from "../../provider/host/record";
import { openRecording } from "../../provider/host/recordedHost";
import { writeRecording } from "../../provider/host/recordingArchive";
import { openSshShell } from "../../provider/host/ssh/openSshShell";
import type { Shell } from "../../provider/host/shell";
import { judge, type Report } from "../../provider/readiness/judge";
import { startLabHost, topologies, type LabHost } from "../beds/vm/lab";

const minutes = 60_000;

/** The hazards of the lab as the reading script sees them, and as the rules judge them. */
describe("a real kernel with an IOMMU and every hazard", () => {
  let vm: LabHost;
  let shell: Shell;
  let facts: HostFacts;
  let report: Report;
  const open = (user: string): Promise<Shell> => openSshShell({ host: vm.address, port: vm.port, user, identityFiles: [vm.identityFile], knownHostsFiles: [vm.knownHostsFile], sshConfigFile: false, agent: false, jumpHosts: [] });
  const found = (address: string): string[] => report.gpus.find((gpu) => gpu.address === address)?.findings.map((finding) => `${finding.severity} ${finding.rule}`) ?? [];

  beforeAll(async () => {
    vm = await startLabHost({ topology: "hazards", iommu: "on", name: "inspect" });
    shell = await open("ops");
    const began = performance.now();
    facts = await observe(shell);
    process.stderr.write(`one reading over SSH took ${((performance.now() - began) / 1000).toFixed(1)} s\n`);
    report = judge(facts);
  }, 10 * minutes);
  afterAll(async () => {
    await shell?.close();
    await vm?.stop();
  });

  it("reads every function and every group as the kernel has them", async () => {
    const groups = [...(await vm.groups()).values()].map((members) => [...members].sort()).sort();
    expect(facts.iommu.groups.map((group) => [...group.members]).sort()).toEqual(groups);
    expect(facts.pciDevices.map((device) => device.address)).toEqual((await vm.read("ls /sys/bus/pci/devices")).split("\n"));
    expect(facts.iommu).toMatchObject({ state: "active", kinds: ["intel"], interruptRemapping: "remapped", firmwareTables: { value: ["DMAR"] } });
    expect(known(facts.system.bootId)).toBe(await vm.read("cat /proc/sys/kernel/random/boot_id"));
  });

  it("reads config spaces whole, and finds the port types and ACS that QEMU gave", () => {
    const config = (address: string): unknown => known(facts.pciDevices.find((device) => device.address === address)?.config ?? absent);
    expect(config("0000:00:10.0")).toMatchObject({ readBytes: 4096, pcieType: { value: 4 }, acs: { kind: "absent" } });
    expect(config("0000:00:14.0")).toMatchObject({ pcieType: { value: 4 }, acs: { kind: "value" } });
    expect(config("0000:0a:00.0")).toMatchObject({ pcieType: { value: 6 } });
  });

  it("refuses each card for what shares its group", () => {
    const { cards } = topologies.hazards;
    for (const card of Object.values(cards)) {
      expect(report.gpus.find((gpu) => gpu.address === card.functions[0])?.members, card.functions[0]).toEqual(card.group);
    }
    expect(found("0000:01:00.0")).toContain("refuse bystander-in-group");
    expect(found("0000:03:00.0")).toEqual(expect.arrayContaining(["refuse bystander-in-group", "refuse host-critical-in-group"]));
    expect(found("0000:05:00.0")).toEqual(expect.arrayContaining(["refuse bystander-in-group", "refuse host-critical-in-group"]));
    expect(found("0000:08:01.0")).toContain("refuse bystander-in-group");
    expect(found("0000:0d:00.0")).toContain("warn boot-display");
  });

  it("knows why the host needs the disk and the network card", () => {
    const reasons = (address: string): string[] => facts.uses.filter((use) => use.address === address && use.critical).map((use) => use.reason);
    expect(reasons("0000:04:00.0")).toContain("mount:/");
    const ssh = reasons("0000:06:00.0");
    expect(ssh.filter((reason) => reason.startsWith("ssh-session:"))).toHaveLength(1);
    expect(ssh.some((reason) => reason.startsWith("address:")), ssh.join()).toBe(true);
    expect(ssh.some((reason) => reason.startsWith("route:")), ssh.join()).toBe(true);
  });

  it("reads the boot loader: the next boot is this one's command line", async () => {
    const running = (known(facts.kernelCommandLine.running) ?? []).filter((argument) => argument.name !== "BOOT_IMAGE");
    expect(known(facts.kernelCommandLine.nextBoot)).toEqual(running);
    expect(facts.bootLoader).toMatchObject({ kind: "grub", environmentWritable: { value: true }, configurationHash: { value: (await vm.read("sha256sum /boot/grub/grub.cfg")).split(" ")[0] } });
    expect(facts.initramfs).toMatchObject({ tool: "initramfs-tools", images: [known(facts.system.kernelRelease)] });
  });

  it("changes nothing that the kernel counts: two readings are equal", async () => {
    const again = await observe(shell);
    const steady = ({ initramfs, ...rest }: HostFacts): unknown => ({ ...rest, initramfs: { ...initramfs, freeBootBytes: null } });
    expect(steady(again)).toEqual(steady(facts));
  });

  it("without root, what needs root is unreadable and no card is ready or bindable", async () => {
    const plain = await openSshShell({ host: vm.address, port: vm.port, user: "ops", sudo: { mode: "never" }, identityFiles: [vm.identityFile], knownHostsFiles: [vm.knownHostsFile], sshConfigFile: false, agent: false, jumpHosts: [] });
    const seen = await observe(plain);
    await plain.close();
    expect(known(seen.system.userId)).not.toBe(0);
    expect(seen.identity.dmiUuid.kind).toBe("unreadable");
    expect(seen.guests.kind).toBe("unreadable");
    expect(seen.pciDevices.map((device) => device.address)).toEqual(facts.pciDevices.map((device) => device.address));
    for (const gpu of judge(seen).gpus) expect(["unknown", "refused"], gpu.address).toContain(gpu.verdict);
  });

  it("recorded, it reads and is judged the same without the host", async () => {
    const folder = mkdtempSync(join(tmpdir(), "gpuhost-test-"));
    const snapshot = await readSnapshot(shell);
    await writeRecording(recordingEntries(snapshot), join(folder, "lab.tar.gz"));
    const recording = await openRecording(join(folder, "lab.tar.gz"));
    const replayed = await observe(localShell("the recording"), { GPUHOST_ROOT: recording.root });
    await recording.close();
    rmSync(folder, { recursive: true });
    const live = hostFacts(snapshot, absent);
    expect(replayed.pciDevices).toEqual(live.pciDevices);
    expect(replayed.iommu).toEqual(live.iommu);
    expect(judge(replayed)).toEqual(judge(live));
  });

  it("the command itself reads it, by ~/.ssh/config", () => {
    const home = mkdtempSync(join(tmpdir(), "gpuhost-home-"));
    spawnSync("mkdir", ["-m", "700", join(home, ".ssh")]);
    writeFileSync(join(home, ".ssh/config"), `Host hv-lab\n  HostName ${vm.address}\n  Port ${vm.port}\n  User ops\n  IdentityFile ${vm.identityFile}\n  UserKnownHostsFile ${vm.knownHostsFile}\n`);
    const main = join(__dirname, "../../dist/cli/main.js");
    const ran = spawnSync(process.execPath, [main, "inspect", "--host", "hv-lab", "--json"], { env: { ...process.env, HOME: home, SSH_AUTH_SOCK: "" }, encoding: "utf8" });
    rmSync(home, { recursive: true });
    expect([ran.status, ran.stderr]).toEqual([0, ""]);
    expect(JSON.parse(ran.stdout).gpus.map((gpu: { address: string }) => gpu.address)).toEqual(report.gpus.map((gpu) => gpu.address));
  });
});
