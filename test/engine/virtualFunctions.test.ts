import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Stack, succeeded } from "../beds/engine/stack";
import { Fleet } from "../beds/simulated/fleet";
import type { SimulatedHost } from "../beds/simulated/host";
import { disk, machine, networkCard, rootPort, sharedCard, vgpuCard } from "../beds/simulated/machine";

const amd = "0000:71:00.0";
const nvidia = "0000:81:00.0";
const program = `
const { readFileSync } = require("node:fs");
const { VirtualFunctions, program } = require("pulumi-gpuhost");
module.exports = program(() => {
  const { functions, alone } = new VirtualFunctions("shared", { connection: { host: "shared" }, physicalFunctions: JSON.parse(readFileSync("wish.json", "utf8")) });
  return { functions, alone };
});`;

/** The lines of a preview that say what is done; long ones are lists there. */
const planned = (stdout: string): string => stdout.split("\n").map((line) => line.trim().replace(/^\+ +/, "").replaceAll(/\s+:/g, ":")).filter((line) => /^((device|file) \S+.*: |\[\d+\]: ")/.test(line)).join("\n");

// The whole way with the real engine, real SSH, the real scripts, and a model of the kernel that makes virtual functions.
describe("VirtualFunctions on a host with a card of AMD's and one of NVIDIA's", () => {
  let fleet: Fleet;
  let host: SimulatedHost;
  let stack: Stack;
  const wish = (...physical: readonly Record<string, unknown>[]): string => JSON.stringify(physical);
  const amdWish = { address: amd, id: "1002:740f", count: 4 };
  const nvidiaWish = { address: nvidia, id: "10de:2235", count: 4, driver: "host", vgpuTypes: [557, 557, 0, 0] };
  const there = (address: string): string[] => [0, 1, 2, 3].flatMap((at) => host.files.linkName(`/sys/bus/pci/devices/${address}/virtfn${at}`) ?? []);
  const drivers = (address: string): (string | undefined)[] => there(address).map((each) => host.files.linkName(`/sys/bus/pci/devices/${each}/driver`));
  const types = (): string[] => there(nvidia).map((each) => host.files.read(`/sys/bus/pci/devices/${each}/nvidia/current_vgpu_type`));

  beforeAll(async () => {
    fleet = new Fleet();
    host = await fleet.add(machine("shared", {
      kernelArguments: "quiet intel_iommu=on",
      functions: [
        rootPort("0000:00:01.0", 10), disk("0000:01:00", "0000:00:01.0", 11), rootPort("0000:00:02.0", 12), networkCard("0000:02:00", "0000:00:02.0", 13, { name: "eno1", address: "its own" }),
        rootPort("0000:70:00.0", 20), sharedCard("0000:71:00", "0000:70:00.0", 21), rootPort("0000:80:00.0", 22), vgpuCard("0000:81:00", "0000:80:00.0", 23),
      ],
    }), { bootSeconds: 0 });
    stack = await Stack.create({ program, files: { "wish.json": wish(amdWish, nvidiaWish) }, environment: { HOME: fleet.folder } });
  });
  afterAll(async () => {
    stack?.dispose();
    await fleet?.stop();
  });

  it("shows what becomes of each card, and does nothing", async () => {
    const { stdout } = succeeded(await stack.preview());
    await expect(`${planned(stdout)}\n`).toMatchFileSnapshot("virtualFunctions.preview.txt");
    expect([there(amd), there(nvidia)]).toEqual([[], []]);
  });

  it("makes them, proves them from the host, and leaves nothing to do, also over a boot", async () => {
    succeeded(await stack.up());
    const functions = { [amd]: there(amd), [nvidia]: there(nvidia) };
    expect(await stack.outputs()).toEqual({ functions, alone: true });
    expect([drivers(amd), drivers(nvidia), types()]).toEqual([Array(4).fill("vfio-pci"), Array(4).fill("nvidia"), ["557", "557", "0", "0"]]);
    expect((await stack.preview("--expect-no-changes")).exitCode).toBe(0);
    await host.powerCycle();
    expect([drivers(amd), types()]).toEqual([Array(4).fill("vfio-pci"), ["557", "557", "0", "0"]]);
    expect((await stack.preview("--expect-no-changes")).exitCode).toBe(0);
  });

  it("goes through 0 to another number, and says so", async () => {
    stack.write("wish.json", wish({ ...amdWish, count: 2 }, nvidiaWish));
    const { stdout } = succeeded(await stack.preview());
    expect(stdout).toContain("virtual functions 4 -> 2 (0000:71:00.4, 0000:71:00.5), through 0, which takes those of now away, each on vfio-pci; now and at every boot");
    succeeded(await stack.up());
    expect([there(amd), there(nvidia).length]).toEqual([["0000:71:00.4", "0000:71:00.5"], 4]);
  });

  it("takes all of it back", async () => {
    succeeded(await stack.destroy());
    expect([there(amd), there(nvidia), host.files.read(`/sys/bus/pci/devices/${amd}/sriov_drivers_autoprobe`)]).toEqual([[], [], "1"]);
    expect([host.files.exists("/etc/gpuhost"), host.files.exists("/etc/systemd/system/multi-user.target.d"), host.files.list("/var/lib/gpuhost/virtual")]).toEqual([false, false, []]);
  });
});
