import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { MdevFacts } from "../../provider/facts/hostFacts";
import { known } from "../../provider/facts/reading";
import type { Host } from "../../provider/host/host";
import { sshHost } from "../../provider/host/sshHost";
import { Stack, succeeded } from "../beds/engine/stack";
import { NovaCompute } from "../beds/vm/compute/novaCompute";
import { startLabHost, type LabHost } from "../beds/vm/lab";
import { installMdevSamples } from "../beds/vm/mdevSamples";
import { bootState, difference } from "./footprint";
import { connectionTo } from "./labStack";

const minutes = 60_000;
const uuid = "4b20d080-1b54-4048-85b3-a6a62d165c01";
const byHand = "aaaaaaaa-0000-4000-8000-000000000001";
const dropIn = "/etc/nova/nova-compute.conf.d/90-gpuhost-mdev.conf";
const program = `
const { readFileSync } = require("node:fs");
const { MediatedDevices, program } = require("pulumi-gpuhost");
module.exports = program(() => {
  const { offered, made, status } = new MediatedDevices("sharing", JSON.parse(readFileSync("args.json", "utf8")));
  return { offered, made, status };
});`;

/** The kernel's own sample drivers, a real nova-compute and real systemd: one machine, each step building on the one before. */
describe("mediated devices on a real kernel", () => {
  let vm: LabHost;
  let host: Host;
  let stack: Stack;
  let boot: string[];
  const there = async (): Promise<string[]> => (await vm.read("ls /sys/bus/mdev/devices")).split("\n").filter(Boolean);
  const mdev = async (): Promise<MdevFacts> => (await host.observe()).mdev!;
  const counts = ({ parents }: MdevFacts) => (known(parents) ?? []).flatMap(({ name, types }) => (known(types) ?? []).map(({ id, availableInstances }) => `${name} ${id} ${known(availableInstances)}`));
  /** Runs with a process that has the device's VFIO group open, as QEMU does. */
  const held = async <T>(device: string, act: () => Promise<T>): Promise<T> => {
    const group = await vm.read(`basename $(readlink /sys/bus/mdev/devices/${device}/iommu_group)`);
    await vm.read(`systemd-run -q --unit=holder sh -c 'exec 9<>/dev/vfio/${group}; exec sleep 600'; until ls -l /proc/$(systemctl show -p MainPID --value holder)/fd | grep -q /dev/vfio/${group}; do sleep 0.2; done`);
    try {
      return await act();
    } finally {
      await vm.read("systemctl stop holder");
    }
  };

  beforeAll(async () => {
    vm = await startLabHost({ kernel: "compute", nova: "waiting", name: "mediated" });
    await installMdevSamples(vm);
    host = await sshHost({ host: vm.address, port: vm.port, user: "root", identityFiles: [vm.identityFile], knownHostsFiles: [vm.knownHostsFile], sshConfigFile: false, agent: false, jumpHosts: [] });
    stack = await Stack.create({ program, files: { "args.json": JSON.stringify({
      connection: connectionTo(vm),
      types: [{ type: "mtty-2", parents: ["mtty"], resourceClass: "CUSTOM_SERIAL" }],
      devices: [{ uuid, type: "mdpy-vga", parent: "mdpy" }],
    }) } });
    boot = await bootState(vm);
  }, 20 * minutes);
  afterAll(async () => {
    stack?.dispose();
    await host?.close();
    await vm?.stop();
  });

  it("are read as sysfs has them: parents that are no PCI functions, counts, a device, its group, and who has it", async () => {
    const sysfs = "cd /sys/class/mdev_bus && for t in */mdev_supported_types/*; do echo \"${t%%/*} ${t##*/} $(cat $t/available_instances)\"; done";
    expect(counts(await mdev())).toEqual((await vm.read(sysfs)).split("\n"));
    await vm.read(`echo ${byHand} >/sys/class/mdev_bus/mtty/mdev_supported_types/mtty-2/create`);
    const [now, nobody] = [await held(byHand, mdev), await mdev()];
    const group = Number(await vm.read(`basename $(readlink /sys/bus/mdev/devices/${byHand}/iommu_group)`));
    expect(known(now.devices)).toEqual([expect.objectContaining({ uuid: byHand, parent: { kind: "value", value: "mtty" }, type: { kind: "value", value: "mtty-2" }, iommuGroup: { kind: "value", value: group }, holders: { kind: "value", value: ["sleep"] } })]);
    expect(known(nobody.devices)?.[0]?.holders).toEqual({ kind: "value", value: [] });
    expect(known(now.parents)?.map(({ name, address, place }) => [name, address.kind, known(place)])).toEqual([["mdpy", "absent", "virtual/mdpy/mdpy"], ["mtty", "absent", "virtual/mtty/mtty"]]);
    expect(counts(now)).toEqual((await vm.read(sysfs)).split("\n"));
    await vm.read(`echo 1 >/sys/bus/mdev/devices/${byHand}/remove`);
  }, 10 * minutes);

  it("are previewed, then made and offered: the real nova-compute runs with the drop-in", async () => {
    const { stdout } = succeeded(await stack.preview());
    expect(stdout).toContain("Nova makes mtty-2 (Dual port serial) of it for guests, as CUSTOM_SERIAL");
    expect(await there()).toEqual([]);
    const nova = new NovaCompute(vm);
    const said = await nova.logLength();
    succeeded(await stack.up());
    expect(await stack.outputs()).toEqual({ offered: ["mtty-2 on mtty"], made: [uuid], status: "applied" });
    expect([await there(), await nova.state()]).toEqual([[uuid], "active"]);
    // The driver has read its options by the time it looks for its message bus, and stops where it does not like them.
    await nova.waitForLog(/Connection failed/, 300, said);
    expect((await nova.log()).split("\n").slice(said).filter((line) => /Mdev|CRITICAL/.test(line))).toEqual([]);
  }, 15 * minutes);

  it("are there again after a reboot, and nothing is left to do", async () => {
    const bootId = await vm.bootId();
    await vm.ssh("systemctl reboot");
    await vm.waitForSsh(300, bootId);
    expect(await vm.read("systemctl show -p Result -p ActiveState gpuhost-mediated-devices")).toBe("Result=success\nActiveState=active");
    expect(await there()).toEqual([uuid]);
    expect((await stack.preview("--expect-no-changes")).exitCode).toBe(0);
  }, 10 * minutes);

  it("stay while a process has one of them, and go with all that is ours when nobody has", async () => {
    const refused = await held(uuid, () => stack.destroy());
    expect(refused.exitCode).not.toBe(0);
    expect(refused.stdout + refused.stderr).toContain(`The mediated device ${uuid} is in use by sleep`);
    expect([await there(), await vm.read(`head -n 3 ${dropIn} | tail -n 1`)]).toEqual([[uuid], "enabled_mdev_types = mtty-2"]);
    succeeded(await stack.destroy());
    expect(await there()).toEqual([]);
    expect(difference(boot, await bootState(vm))).toEqual([]);
    expect(await vm.read("find /etc/gpuhost /etc/systemd/system/multi-user.target.d /var/lib/gpuhost/mdevs /var/lib/gpuhost/files -mindepth 1 2>/dev/null | wc -l")).toBe("0");
  }, 15 * minutes);
});
