import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Stack, succeeded } from "../beds/engine/stack";
import { Fleet } from "../beds/simulated/fleet";
import type { SimulatedHost } from "../beds/simulated/host";
import { computeCard, disk, machine, networkCard, rootPort } from "../beds/simulated/machine";

const card = "0000:65:00.0";
const uuid = "4b20d080-1b54-4048-85b3-a6a62d165c01";
const dropIn = "/etc/nova/nova-compute.conf.d/90-gpuhost-mdev.conf";
const wish = {
  types: [{ type: "nvidia-36", parents: [card], resourceClass: "CUSTOM_VGPU_LARGE", maxInstances: 8 }],
  devices: [{ uuid, type: "mtty-2", parent: "mtty" }],
  licenceServer: { host: "127.0.0.1", port: 1 },
};
const program = `
const { readFileSync } = require("node:fs");
const { MediatedDevices, program } = require("pulumi-gpuhost");
module.exports = program(() => {
  const { offered, made, file, findings } = new MediatedDevices("sharing", { connection: { host: "sharing" }, ...JSON.parse(readFileSync("wish.json", "utf8")) });
  return { offered, made, file, rules: findings.apply((all) => all.map(({ rule }) => rule)) };
});`;

/** The lines of a preview that say what is done, without what changes from run to run. */
const planned = (stdout: string): string => stdout.split("\n").map((line) => line.trim().replace(/^\+ +/, "")).filter((line) => /^("?(device|file|mediated device|service|parent|host|placement)\b.*: "|proposal *:|observed *:)/.test(line)).join("\n");

// The whole way with the real engine, real SSH and the real scripts; the kernel's mdev core is a model.
describe("MediatedDevices on a host with a card of many types and a parent that is no PCI function", () => {
  let fleet: Fleet;
  let host: SimulatedHost;
  let stack: Stack;
  const there = () => host.files.list("/sys/bus/mdev/devices");
  const etc = () => [...host.files.list("/etc/systemd/system"), ...host.files.list("/etc/gpuhost"), ...host.files.list("/etc/nova"), ...host.files.list("/var/lib/gpuhost/files"), ...host.files.list("/var/lib/gpuhost/mdevs")];

  beforeAll(async () => {
    fleet = new Fleet();
    host = await fleet.add(machine("sharing", {
      functions: [
        rootPort("0000:00:01.0", 10), disk("0000:01:00", "0000:00:01.0", 11), rootPort("0000:00:02.0", 12), networkCard("0000:02:00", "0000:00:02.0", 13, { name: "eno1", address: "its own" }),
        rootPort("0000:64:00.0", 14), computeCard("0000:65:00", "0000:64:00.0", 15),
      ],
      mdev: [
        { name: card, room: 16, types: { "nvidia-35": { name: "GRID M60-0B", size: 1 }, "nvidia-36": { name: "GRID M60-0Q", size: 2 } }, oneTypeAtATime: true },
        { name: "mtty", room: 24, types: { "mtty-1": { name: "Single port serial", size: 1 }, "mtty-2": { name: "Dual port serial", size: 2 } } },
      ],
    }));
    host.files.write("/gpuhost/answers/nova-services", ["service proc/900", "program nova-compute", "path /usr/bin/nova-compute", "argument /usr/bin/nova-compute", "unit nova-compute.service", "installed nova-34.0.0.dist-info"].join("\n"));
    stack = await Stack.create({ program, files: { "wish.json": JSON.stringify(wish) }, environment: { HOME: fleet.folder } });
  });
  afterAll(async () => {
    stack?.dispose();
    await fleet?.stop();
  });

  it("are shown line by line, with a hint about the licence server, and nothing is done", async () => {
    const before = etc();
    const { stdout, stderr } = succeeded(await stack.preview());
    await expect(`${planned(stdout)}\n`).toMatchFileSnapshot("mediatedDevices.preview.txt");
    expect(`${stdout}${stderr}`).toContain("This host does not reach the licence server 127.0.0.1:1 within 5 s. Guests ask it themselves, over their tenant network");
    expect([there(), etc()]).toEqual([[], before]);
  });

  it("are made and offered, as read from the host afterwards; the licence server is no part of that", async () => {
    succeeded(await stack.up());
    expect(await stack.outputs()).toEqual({ offered: [`nvidia-36 on ${card}`], made: [uuid], file: dropIn, rules: ["placement-not-asked"] });
    expect(host.files.read(dropIn)).toContain(`[devices]\nenabled_mdev_types = nvidia-36\n\n[mdev_nvidia-36]\ndevice_addresses = ${card}\nmdev_class = CUSTOM_VGPU_LARGE\nmax_instances = 8`);
    expect([there(), host.files.read("/run/restarted")]).toEqual([[uuid], "nova-compute.service"]);
  });

  it("are there again after a boot, by our unit, and the next preview is empty", async () => {
    await host.powerCycle();
    expect(there()).toEqual([uuid]);
    expect((await stack.preview("--expect-no-changes")).exitCode).toBe(0);
  });

  it("drift when one is gone; a type that a device of another one rules out is refused by name", async () => {
    host.files.write(`/sys/bus/mdev/devices/${uuid}/remove`, "1");
    await expect.poll(there).toEqual([]);
    expect(succeeded(await stack.preview()).stdout).toContain(`${uuid} is not there (mtty-2 of mtty)`);
    const other = "aaaaaaaa-0000-4000-8000-000000000001";
    host.files.write(`/sys/class/mdev_bus/${card}/mdev_supported_types/nvidia-36/create`, other);
    await expect.poll(there).toEqual([other]);
    stack.write("wish.json", JSON.stringify({ ...wish, types: [{ type: "nvidia-35", parents: [card] }] }));
    const { exitCode, stdout } = await stack.preview();
    host.files.write(`/sys/bus/mdev/devices/${other}/remove`, "1");
    await expect.poll(there).toEqual([]);
    expect([exitCode === 0, stdout]).toEqual([false, expect.stringContaining(`${card} can make no nvidia-35. Another type is in use there: nvidia-36`)]);
  });

  it("are taken away with all that is ours, and nothing else", async () => {
    succeeded(await stack.destroy());
    expect([there(), host.files.exists(dropIn), etc()]).toEqual([[], false, []]);
    expect(host.files.read("/run/restarted")).toBe("nova-compute.service\nnova-compute.service");
  });
});
