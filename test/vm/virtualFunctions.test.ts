import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Host } from "../../provider/host/host";
import { sshHost } from "../../provider/host/sshHost";
import { planIommuVerification } from "../../provider/plan/iommuVerification";
import { Stack, succeeded } from "../beds/engine/stack";
import type { CardFunction } from "../host/contract/bed";
import { Subject } from "../host/contract/suite";
import { virtualContract } from "../host/contract/virtual";
import { functionAt, shellOf } from "../host/contract/vmBed";
import { driversOf, plugSriovCard } from "../beds/vm/compute/binding";
import { startLabHost, type LabHost } from "../beds/vm/lab";
import { bootState, difference } from "./footprint";
import { connectionTo } from "./labStack";

const minutes = 60_000;
const virtual = ["0000:06:00.1", "0000:06:00.2"];
const program = `
const { readFileSync } = require("node:fs");
const { VirtualFunctions, program } = require("pulumi-gpuhost");
module.exports = program(() => {
  const { functions, alone } = new VirtualFunctions("shared", JSON.parse(readFileSync("args.json", "utf8")));
  return { functions, alone };
});`;

/** QEMU's NVMe controller with two virtual functions on a real kernel: one machine, each step building on the one before. */
describe("virtual functions on a real kernel", () => {
  let vm: LabHost;
  let host: Host;
  let stack: Stack;
  let physical: string;
  let card: CardFunction;
  let boot: string[];
  const count = (): Promise<string> => vm.read(`cat /sys/bus/pci/devices/${physical}/sriov_numvfs`);
  const args = (more: Record<string, unknown> = {}, of: Record<string, unknown> = {}) =>
    JSON.stringify({ connection: connectionTo(vm), physicalFunctions: [{ address: physical, id: "1b36:0010", count: 2, ...of }], ...more });

  beforeAll(async () => {
    vm = await startLabHost({ kernel: "compute", nova: "waiting", name: "virtual" });
    await vm.read("systemctl disable --now nova-compute 2>&1");
    physical = await plugSriovCard(vm);
    host = await sshHost({ host: vm.address, port: vm.port, user: "root", identityFiles: [vm.identityFile], knownHostsFiles: [vm.knownHostsFile], sshConfigFile: false, agent: false, jumpHosts: [] });
    stack = await Stack.create({ program, files: { "args.json": args() } });
    card = await functionAt(vm, physical);
    boot = await bootState(vm);
  }, 20 * minutes);
  afterAll(async () => {
    stack?.dispose();
    await host?.close();
    await vm?.stop();
  });

  const bed = () => ({ open: async () => host, shell: async () => shellOf(vm), card: [], physical: card, rebootSeconds: 300, close: async () => undefined });
  virtualContract(() => new Subject(bed(), host), () => card);

  it("are previewed with their addresses; more than the card can have are refused", async () => {
    stack.write("args.json", args({}, { count: 3 }));
    const refused = await stack.preview();
    expect(refused.exitCode).not.toBe(0);
    expect(refused.stdout + refused.stderr).toContain(`physicalFunctions[0].count is 3, and ${physical} can have 2 (sriov_totalvfs)`);
    stack.write("args.json", args());
    const { stdout } = succeeded(await stack.preview());
    expect(stdout).toContain(`virtual functions 0 -> 2 (${virtual.join(", ")}), each on vfio-pci; now and at every boot`);
    expect(await count()).toBe("0");
  }, 10 * minutes);

  it("come up on vfio-pci where the preview said, each alone in its group, and nothing is left to do", async () => {
    succeeded(await stack.up());
    expect(await stack.outputs()).toEqual({ functions: { [physical]: virtual }, alone: true });
    expect(await driversOf(vm, [physical, ...virtual])).toEqual({ [physical]: "nvme", [virtual[0]!]: "vfio-pci", [virtual[1]!]: "vfio-pci" });
    const groups = [...(await vm.groups()).values()];
    expect(virtual.map((address) => groups.find((members) => members.includes(address)))).toEqual(virtual.map((address) => [address]));
    expect((await stack.preview("--expect-no-changes")).exitCode).toBe(0);
  }, 10 * minutes);

  it("are proven by a fresh read, each by its own address", async () => {
    const facts = await host.observe();
    const cards = virtual.map((address) => ({ address, id: "1b36:0010" }));
    const plan = planIommuVerification(facts, { cards, trustLevel: "multi-tenant", acknowledgedUses: [] });
    expect(plan.outputs).toMatchObject({ ready: true, groups: Object.fromEntries(virtual.map((address) => [address, [address]])) });
    expect(Object.values(plan.lines)).toEqual(virtual.map(() => "ready: alone in its IOMMU group"));
  }, 5 * minutes);

  it("stay while a process holds one of them, which is named", async () => {
    const group = await vm.read(`basename $(readlink /sys/bus/pci/devices/${virtual[0]}/iommu_group)`);
    await vm.read(`systemd-run -q --unit=holder sh -c 'exec 9<>/dev/vfio/${group}; exec sleep 600'; until ls -l /proc/$(systemctl show -p MainPID --value holder)/fd | grep -q /dev/vfio/${group}; do sleep 0.2; done`);
    const { stdout, stderr, exitCode } = await stack.destroy();
    expect(exitCode).not.toBe(0);
    expect(stdout + stderr).toContain(`${virtual[0]} cannot be taken back: sleep has its VFIO group open`);
    expect(await count()).toBe("2");
    await vm.read("systemctl stop holder");
  }, 10 * minutes);

  it("are there again after a reboot, and the preview is empty", async () => {
    const bootId = await vm.bootId();
    await vm.ssh("systemctl reboot");
    // SSH answers before the unit has ended, which is what HostReboot waits for too: started by the boot, never from here.
    await host.waitForBoot(bootId, 300);
    await vm.waitForSsh(300, bootId);
    expect(await vm.read("systemctl is-active gpuhost-virtual-functions.service")).toBe("active");
    expect(await driversOf(vm, [physical, ...virtual])).toEqual({ [physical]: "nvme", [virtual[0]!]: "vfio-pci", [virtual[1]!]: "vfio-pci" });
    expect((await stack.preview("--expect-no-changes")).exitCode).toBe(0);
  }, 15 * minutes);

  it("go with destroy, and every file is as it was", async () => {
    succeeded(await stack.destroy());
    expect(await count()).toBe("0");
    expect(difference(boot, await bootState(vm))).toEqual([]);
    expect(await vm.read("find /etc/gpuhost /etc/systemd/system/multi-user.target.d /var/lib/gpuhost/virtual /var/lib/gpuhost/files /var/lib/gpuhost/devices -mindepth 1 2>/dev/null || true")).toBe("");
  }, 10 * minutes);
});
