import { execFileSync, spawn } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { previewRestore, restoreOnHost } from "../../../provider/host/restore";
import type { Step } from "../../../provider/plan/step";
import type { MdevParent } from "../../beds/simulated/machine";
import { Bench } from "./simulated";

const owner = "MediatedDevices";
const [a, b] = ["4b20d080-1b54-4048-85b3-a6a62d165c01", "4b20d080-1b54-4048-85b3-a6a62d165c02"] as const;
const parent: MdevParent = { name: "mtty", room: 4, types: { "mtty-1": { name: "Single port serial", size: 1 }, "mtty-2": { name: "Dual port serial", size: 2 } }, oneTypeAtATime: true };
const make = (uuid: string, type = "mtty-2"): Step => ({ kind: "makeMediatedDevice", uuid, parent: "mtty", type, deadlineSeconds: 10 });
const take = (uuid: string): Step => ({ kind: "removeMediatedDevice", uuid, deadlineSeconds: 10 });
const failing: Step = { kind: "writeFile", path: "/etc/hostname", text: "x\n", mode: "0644", before: "absent" };

describe("mediated devices on a simulated host", () => {
  let bench: Bench;
  beforeAll(async () => void (bench = await Bench.open("quiet", [], [parent])));
  afterAll(() => bench.close());

  const there = () => bench.host.files.list("/sys/bus/mdev/devices");
  const journalled = () => bench.host.files.list("/var/lib/gpuhost/mdevs");
  /** A device that somebody else makes. */
  const foreign = async (uuid: string, type: string): Promise<void> => {
    bench.host.files.write(`/sys/class/mdev_bus/mtty/mdev_supported_types/${type}/create`, uuid);
    await expect.poll(there).toContain(uuid);
  };
  const withGuest = async <T>(uuid: string, act: () => Promise<T>): Promise<T> => {
    const guest = spawn("sleep", ["300"], { env: { ...process.env, GPUHOST_ROOT: bench.host.files.root }, stdio: "ignore" });
    const open = bench.host.files.at(`/proc/${guest.pid}/fd`);
    mkdirSync(open, { recursive: true });
    symlinkSync(`/dev/vfio/${bench.host.files.linkName(`/sys/bus/mdev/devices/${uuid}/iommu_group`)}`, `${open}/33`);
    try {
      return await act();
    } finally {
      guest.kill("SIGKILL");
      rmSync(open, { recursive: true });
    }
  };

  it("are made, once, with a note that says whose they are", async () => {
    expect((await bench.done(owner, make(a))).steps[0]?.says).toBe(`made ${a}, a mtty-2 of mtty`);
    expect((await bench.done(owner, make(a))).steps[0]?.state).toBe("unchanged");
    expect([there(), journalled(), bench.read(`/var/lib/gpuhost/mdevs/${a}/type`)]).toEqual([[a], [a], "mtty-2"]);
  });

  it("are refused where there is no room, no such type, or another device of that name, and nothing is touched", async () => {
    const says: string[] = [];
    for (const step of [make(b, "mtty-1"), make(b, "mtty-9"), make(a, "mtty-1")]) says.push((await bench.apply(owner, step)).says);
    expect(says).toEqual([
      expect.stringContaining("mtty can make no more of mtty-1 now (available_instances: 0)"), expect.stringContaining("mtty offers no type mtty-9 now"), expect.stringContaining(`${a} is there already, as mtty-2 of mtty`),
    ]);
    expect([there(), journalled()]).toEqual([[a], [a]]);
  });

  it("stay while a process holds their group", async () => {
    const outcome = await withGuest(a, () => bench.apply(owner, take(a)));
    expect([outcome.state, outcome.says, there()]).toEqual(["failed", expect.stringContaining(`a process holds the VFIO group of ${a}`), [a]]);
  });

  it("are as before when a later step fails: what was made goes, what was taken comes back", async () => {
    expect(await bench.apply(owner, make(b), failing)).toMatchObject({ state: "failed", steps: [{ state: "undone" }, { state: "failed" }] });
    expect([there(), journalled()]).toEqual([[a], [a]]);
    expect(await bench.apply(owner, take(a), failing)).toMatchObject({ state: "failed", steps: [{ state: "undone" }, { state: "failed" }] });
    expect([there(), journalled()]).toEqual([[a], [a]]);
  });

  it("that the kernel never comes back from making stay ours, and nothing is tried again in that boot", async () => {
    const folder = "/sys/class/mdev_bus/mtty/mdev_supported_types/mtty-9";
    bench.host.files.write(`${folder}/available_instances`, "1");
    // Whoever opens it to write waits for a reader.
    execFileSync("mkfifo", [bench.host.files.at(`${folder}/create`)]);
    const hangs: Step = { ...make(b, "mtty-9"), deadlineSeconds: 1 } as Step;
    const outcome = await bench.apply(owner, hangs);
    expect([outcome.state, outcome.says]).toEqual(["stuck", expect.stringMatching(/the kernel has not come back from .*Could not be undone: an earlier attempt for .* still hangs in the kernel/)]);
    expect((await bench.apply(owner, hangs)).says).toContain("only a reboot helps");
    expect(journalled()).toEqual([a, b]);
    // The kernel comes back after all; what it then makes, or not, is ours to forget or to take away.
    readFileSync(bench.host.files.at(`${folder}/create`));
    rmSync(bench.host.files.at(folder), { recursive: true });
    await expect.poll(async () => (await bench.apply(owner, take(b))).state).toBe("done");
    expect([there(), journalled()]).toEqual([[a], [a]]);
  });

  it("of somebody else are never taken away, also where they have the name of one of ours", async () => {
    await foreign(b, "mtty-2");
    expect((await bench.done(owner, take(b))).steps[0]).toMatchObject({ state: "unchanged", says: `${b} is none of ours` });
    await bench.host.powerCycle();
    await foreign(a, "mtty-1");
    expect((await bench.apply(owner, take(a))).steps[0]).toMatchObject({ state: "left", says: expect.stringContaining(`${a} is a mtty-1 of mtty now, which we did not make`) as string });
    expect([there(), journalled()]).toEqual([[a], []]);
  });

  it("of ours that a boot took away are forgotten, and go with everything else of ours", async () => {
    await bench.host.powerCycle();
    await bench.done(owner, make(a), make(b));
    await bench.host.powerCycle();
    await bench.done(owner, make(a), take(b));
    expect([there(), journalled()]).toEqual([[a], [a]]);
    const shell = await bench.shell();
    expect((await previewRestore(shell)).steps.map(({ says }) => says)).toEqual([`the mediated device ${a} goes`]);
    expect(await restoreOnHost(() => bench.shell(), "bench")).toMatchObject({ state: "done", steps: [{ kind: "removeMediatedDevice", state: "done" }] });
    await shell.close();
    expect([there(), bench.host.files.exists("/var/lib/gpuhost/mdevs")]).toEqual([[], false]);
  });
});
