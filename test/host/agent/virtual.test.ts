import { execFileSync, spawn } from "node:child_process";
import { mkdirSync, rmSync, symlinkSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { observe } from "../../../provider/host/observe";
import { previewRestore, restoreOnHost } from "../../../provider/host/restore";
import type { Step } from "../../../provider/plan/step";
import { planVirtualFunctions } from "../../../provider/plan/virtualFunctions";
import type { SetVirtualFunctions } from "../../../provider/plan/virtualStep";
import { rootPort, sharedCard, vgpuCard } from "../../beds/simulated/machine";
import { Bench } from "./simulated";

const physical = "0000:71:00.0";
const nvidia = "0000:81:00.0";
const vgpuIds = "10de:2235:10de:145a";
const folder = `/sys/bus/pci/devices/${physical}`;
const load: Step = { kind: "loadModule", module: "vfio-pci" };
const set = (from: number, to: number, more: Partial<SetVirtualFunctions> = {}): Step =>
  ({ kind: "setVirtualFunctions", address: physical, ids: "1002:740f:1002:0c34", physicalDriver: "gim", from, to, by: "kernel", driver: "vfio-pci", deadlineSeconds: 20, ...more });
const release = (...addresses: string[]): Step => ({ kind: "releaseVirtualFunctions", addresses, deadlineSeconds: 20 });
const failing: Step = { kind: "writeFile", path: "/etc/hostname", text: "x\n", mode: "0644", before: "absent" };
const vf = (at: number): string => `0000:71:00.${4 + at}`;

describe("virtual functions on a simulated host", () => {
  let bench: Bench;
  beforeAll(async () => void (bench = await Bench.open("quiet intel_iommu=on", [
    rootPort("0000:70:00.0", 20), sharedCard("0000:71:00", "0000:70:00.0", 21), rootPort("0000:80:00.0", 22), vgpuCard("0000:81:00", "0000:80:00.0", 23),
  ])));
  afterAll(() => bench.close());

  const there = (address = physical) => [0, 1, 2, 3].flatMap((at) => bench.host.files.linkName(`/sys/bus/pci/devices/${address}/virtfn${at}`) ?? []);
  const count = () => bench.read(`${folder}/sriov_numvfs`);
  const journalled = () => bench.host.files.list("/var/lib/gpuhost/virtual");
  const withGuest = async <T>(group: number, act: () => Promise<T>): Promise<T> => {
    const guest = spawn("sleep", ["300"], { env: { ...process.env, GPUHOST_ROOT: bench.host.files.root }, stdio: "ignore" });
    const open = bench.host.files.at(`/proc/${guest.pid}/fd`);
    mkdirSync(open, { recursive: true });
    symlinkSync(`/dev/vfio/${group}`, `${open}/33`);
    try {
      return await act();
    } finally {
      guest.kill("SIGKILL");
      rmSync(open, { recursive: true });
    }
  };

  const byTool = (deadlineSeconds: number): Step => ({ ...(set(0, 4) as SetVirtualFunctions), address: nvidia, ids: vgpuIds, physicalDriver: "nvidia", by: "sriov-manage", driver: "host", deadlineSeconds });

  it("are made on the driver that was asked for, and no other driver sees them before", async () => {
    const { says } = (await bench.done("VirtualFunctions", load, set(0, 4))).steps[1] ?? {};
    expect(says).toBe(`${physical} has 4 virtual functions: ${[0, 1, 2, 3].map(vf).join(" ")}`);
    expect([count(), ...there().map((each) => bench.driver(each))]).toEqual(["4", "vfio-pci", "vfio-pci", "vfio-pci", "vfio-pci"]);
    expect([bench.read(`${folder}/sriov_drivers_autoprobe`), bench.read(`/var/lib/gpuhost/virtual/${physical}/count_before`)]).toEqual(["1", "0"]);
  });

  it("go from one number to another through 0, and are never taken from a guest", async () => {
    const held = await withGuest(211, () => bench.apply("VirtualFunctions", set(4, 2)));
    expect(held.says).toContain(`a process holds the VFIO group of ${vf(1)}, a virtual function of ${physical}`);
    const released = await withGuest(211, () => bench.apply("VirtualFunctions", release(physical)));
    expect([released.state, count()]).toEqual(["failed", "4"]);
    await bench.done("VirtualFunctions", set(4, 2, { driver: "none" }));
    expect([count(), there(), bench.driver(vf(0)), bench.read(`${folder}/sriov_drivers_autoprobe`)]).toEqual(["2", [vf(0), vf(1)], undefined, "0"]);
  });

  it("touch nothing where another card sits, on another driver, or with another number", async () => {
    const refusals: string[] = [];
    const types = (ids: string, ...list: number[]): Step => ({ kind: "setVgpuTypes", address: physical, ids, types: list, deadlineSeconds: 20 });
    for (const step of [set(2, 1, { ids: "1002:740f:1002:ffff" }), set(2, 1, { physicalDriver: "amdgpu" }), set(0, 1), types("1002:740f:1002:ffff", 557), types("1002:740f:1002:0c34", 557, 557, 557)]) refusals.push((await bench.apply("VirtualFunctions", step)).says);
    expect(refusals).toEqual([
      expect.stringContaining("there is 1002:740f:1002:0c34 now"), expect.stringContaining("is on gim now, and the plan was made for amdgpu"), expect.stringContaining("has 2 virtual functions now, and the plan was made for 0"),
      expect.stringContaining("there is 1002:740f:1002:0c34 now, and the plan was made for 1002:740f:1002:ffff"), expect.stringContaining("has 2 virtual functions now, and the plan has types for 3"),
    ]);
    expect(count()).toBe("2");
  });

  it("are as before when a later step fails: number, drivers, and the kernel's own choice", async () => {
    const outcome = await bench.apply("VirtualFunctions", set(2, 4), failing);
    expect(outcome).toMatchObject({ state: "failed", steps: [{ state: "undone" }, { state: "failed" }] });
    expect([count(), bench.read(`${folder}/sriov_drivers_autoprobe`), bench.driver(vf(0)), journalled()]).toEqual(["2", "0", undefined, [physical]]);
    await bench.done("VirtualFunctions", set(2, 2));
    await bench.apply("VirtualFunctions", set(2, 0, { driver: "host" }), failing);
    expect([count(), ...there().map((each) => bench.driver(each)), bench.read(`/sys/bus/pci/devices/${vf(0)}/driver_override`)]).toEqual(["2", "vfio-pci", "vfio-pci", "vfio-pci"]);
  });

  it("go back to what was before us", async () => {
    await bench.done("VirtualFunctions", release(physical));
    expect([count(), there(), bench.read(`${folder}/sriov_drivers_autoprobe`), journalled()]).toEqual(["0", [], "1", []]);
    expect((await bench.done("VirtualFunctions", release(physical))).steps[0]?.state).toBe("unchanged");
  });

  it("have a number that the card does not take refused by what is read back", async () => {
    const outcome = await bench.apply("VirtualFunctions", set(0, 9));
    expect([outcome.state, outcome.says, count(), journalled()]).toEqual(["failed", expect.stringContaining("has 0 virtual functions (none is to be seen) and not 9"), "0", []]);
  });

  it("of NVIDIA's are turned on by its own tool, and get types that are read back", async () => {
    const all = byTool(20);
    const types = (...list: number[]): Step => ({ kind: "setVgpuTypes", address: nvidia, ids: vgpuIds, types: list, deadlineSeconds: 20 });
    const now = () => there(nvidia).map((each) => bench.read(`/sys/bus/pci/devices/${each}/nvidia/current_vgpu_type`));
    await bench.done("VirtualFunctions", all, types(557, 557, 0, 0));
    expect([there(nvidia).length, now()]).toEqual([4, ["557", "557", "0", "0"]]);
    const undone = await bench.apply("VirtualFunctions", types(558, 557, 558, 0), failing);
    expect([undone.steps[0]?.state, now()]).toEqual(["undone", ["557", "557", "0", "0"]]);
    await bench.done("VirtualFunctions", release("0000:81:00.4", "0000:81:00.5", nvidia));
    expect([there(nvidia), journalled()]).toEqual([[], []]);
  });

  it("get the vGPU types back that somebody gave them, which go with their number", async () => {
    const now = () => there(nvidia).map((each) => bench.read(`/sys/bus/pci/devices/${each}/nvidia/current_vgpu_type`));
    const number = (to: number): void => bench.host.files.write(`/sys/bus/pci/devices/${nvidia}/sriov_numvfs`, String(to));
    const none: Step = { ...(byTool(20) as SetVirtualFunctions), from: 4, to: 0 };
    number(4);
    await expect.poll(() => there(nvidia).length).toBe(4);
    const given = ["557", "0", "558", "0"];
    there(nvidia).forEach((each, at) => bench.host.files.write(`/sys/bus/pci/devices/${each}/nvidia/current_vgpu_type`, given[at] ?? ""));
    await bench.apply("VirtualFunctions", none, failing);
    expect(now()).toEqual(given);
    await bench.done("VirtualFunctions", { kind: "setVgpuTypes", address: nvidia, ids: vgpuIds, types: [558, 558, 0, 0], deadlineSeconds: 20 });
    await bench.done("VirtualFunctions", none);
    expect(now()).toEqual([]);
    await bench.done("VirtualFunctions", release("0000:81:00.4", "0000:81:00.5", "0000:81:00.6", nvidia));
    expect([now(), journalled()]).toEqual([given, []]);
    number(0);
    await expect.poll(() => there(nvidia)).toEqual([]);
  });

  it("need a reboot where the driver never comes back, and nothing is tried again in that boot", async () => {
    bench.host.files.write("/usr/lib/nvidia/sriov-manage", "#!/bin/sh\nexec sleep 120", 0o755);
    const outcome = await bench.apply("VirtualFunctions", byTool(2), failing);
    expect([outcome.state, outcome.says]).toEqual(["needs-reboot", expect.stringContaining(`sriov-manage -e ${nvidia} has not come back within 2 s`)]);
    expect((await bench.apply("VirtualFunctions", byTool(2))).says).toContain("still hangs in the kernel");
    await bench.host.powerCycle();
    await bench.done("VirtualFunctions", release(nvidia));
    expect(journalled()).toEqual([]);
  }, 60_000);

  it("are undone by the next run where the host went down in the middle", async () => {
    bench.host.files.write("/usr/lib/nvidia/sriov-manage", "#!/bin/sh\nexec sleep 120", 0o755);
    const before = bench.log.length;
    const cut = bench.apply("VirtualFunctions", load, set(0, 4), byTool(60)).catch(() => undefined);
    await expect.poll(() => bench.log.slice(before).some((line) => line.includes(`${physical} has 4 virtual functions`)), { timeout: 20_000 }).toBe(true);
    await bench.host.powerCycle();
    await cut;
    // What there is since that boot is somebody else's, and no number of an earlier boot is written over it.
    bench.host.files.write(`${folder}/sriov_numvfs`, "2");
    await expect.poll(() => there().length).toBe(2);
    await bench.done("VirtualFunctions", load, set(2, 1));
    expect(bench.log.slice(before)).toContainEqual(expect.stringContaining("undone by the next run"));
    expect([count(), journalled(), bench.read(`/var/lib/gpuhost/virtual/${physical}/count_before`)]).toEqual(["1", [physical], "2"]);
    await bench.done("VirtualFunctions", release(physical));
    expect(count()).toBe("2");
    bench.host.files.write(`${folder}/sriov_numvfs`, "0");
    await expect.poll(() => there()).toEqual([]);
  }, 90_000);

  it("that lose a driver which takes them no more are said to be without it, by what takes them back and by an undo", async () => {
    bench.host.files.write(`${folder}/sriov_numvfs`, "2");
    await expect.poll(() => there().length).toBe(2);
    bench.host.files.write(`/sys/bus/pci/devices/${vf(0)}/driver_override`, "vfio-pci");
    execFileSync("sh", ["-c", `echo ${vf(0)} >"$1"`, "sh", bench.host.files.at("/sys/bus/pci/drivers_probe")]);
    await expect.poll(() => bench.driver(vf(0))).toBe("vfio-pci");
    await bench.done("VirtualFunctions", set(2, 1, { driver: "none" }));
    bench.host.files.remove("/sys/bus/pci/drivers/vfio-pci");
    const lacks = `${physical} has 2 virtual functions again, but not all as before us (vfio-pci did not take ${vf(0)}`;
    const step = (await bench.done("VirtualFunctions", release(physical))).steps[0];
    expect([step?.state, step?.says, count(), journalled()]).toEqual(["left", expect.stringContaining(lacks), "2", []]);
    await bench.host.powerCycle();
    await bench.done("VirtualFunctions", load, set(0, 2));
    bench.host.files.remove("/sys/bus/pci/drivers/vfio-pci");
    const stuck = await bench.apply("VirtualFunctions", set(2, 1, { driver: "none" }), failing);
    expect([stuck.state, stuck.says, count(), journalled()]).toEqual(["stuck", expect.stringContaining(lacks.replace(" us (", " (")), "2", [physical]]);
    await bench.host.powerCycle();
    await bench.done("VirtualFunctions", release(physical), load);
  }, 60_000);

  it("are given back by restore from the journal alone", async () => {
    await bench.done("VirtualFunctions", set(0, 3));
    const preview = await previewRestore(await bench.shell());
    expect(preview.steps.map(({ kind, says }) => `${kind}: ${says}`)).toEqual([`releaseVirtualFunctions: ${physical} gets its 0 virtual functions again`]);
    expect((await restoreOnHost(() => bench.shell(), "bench")).state).toBe("done");
    expect([count(), journalled()]).toEqual(["0", []]);
  });

  it("that a boot of ours has made are named by restore, and go with the next boot", async () => {
    const wish = { physicalFunctions: [{ address: physical, id: "1002:740f", count: 3, driver: "vfio-pci", acknowledge: [] }], when: "nextBoot" } as const;
    await bench.done("VirtualFunctions", ...planVirtualFunctions(await observe(await bench.shell()), wish).steps);
    await bench.host.powerCycle();
    expect([count(), journalled()]).toEqual(["3", []]);
    // A file that is younger than the boot has made none of them.
    bench.host.files.write("/proc/stat", "btime 1");
    expect((await previewRestore(await bench.shell())).says).toBe("");
    bench.host.files.remove("/proc/stat");
    const says = `made at boot, so there until somebody reboots the host: 3 virtual functions of ${physical}`;
    expect((await previewRestore(await bench.shell())).says).toBe(says);
    expect(await restoreOnHost(() => bench.shell(), "bench")).toMatchObject({ state: "needs-reboot", says });
    await bench.host.powerCycle();
    expect([count(), (await previewRestore(await bench.shell())).says]).toEqual(["0", "nothing to restore"]);
  }, 60_000);
});
