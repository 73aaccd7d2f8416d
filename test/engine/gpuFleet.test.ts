import { existsSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { EngineResult } from "../beds/engine/running";
import { Stack, succeeded } from "../beds/engine/stack";
import { demoHosts } from "../beds/simulated/demoHosts";
import { Fleet } from "../beds/simulated/fleet";
import type { SimulatedHost } from "../beds/simulated/host";

const program = `
const gpuhost = require("pulumi-gpuhost");
const pulumi = require("@pulumi/pulumi");
module.exports = gpuhost.program(() => {
  const host = (name) => [name, {
    connection: { host: name },
    cards: [{ address: "0000:65:00.0", id: "10de:2231" }],
    kernelArguments: { shouldExist: ["intel_iommu=on", ...(new pulumi.Config().getObject("more") ?? [])], shouldNotExist: ["intel_iommu=off"] },
    reboot: "whenNeeded",
    domains: { rack: name === "hv-4" ? "r2" : "r1" },
  }];
  const fleet = new gpuhost.GpuFleet("region", {
    hosts: Object.fromEntries(["hv-1", "hv-2", "hv-3", "hv-4", "hv-5"].map(host)),
    rollout: { canary: ["hv-1"], maxUnavailable: "50%", maxUnavailablePer: { rack: 1 } },
  });
  return { ready: Object.fromEntries(Object.entries(fleet.hosts).map(([name, host]) => [name, host.ready])), all: fleet.ready };
});`;

// Waves by rack: hv-1 is the canary, then hv-2 with hv-4 (another rack), then hv-3, then hv-5, which is refused for a bystander.
describe("GpuFleet", () => {
  let fleet: Fleet;
  let stack: Stack;
  let hosts: Record<string, SimulatedHost>;
  const touched = (): string[] => Object.keys(hosts).filter((name) => existsSync(hosts[name]!.files.at("/var/lib/gpuhost")));
  const said = ({ stdout, stderr }: EngineResult): string => stdout + stderr;
  const ready = async (): Promise<unknown> => (await stack.outputs())["ready"];

  beforeAll(async () => {
    fleet = new Fleet();
    const [good, refused] = demoHosts.map(({ machine }) => machine);
    const machines = ["hv-1", "hv-2", "hv-3", "hv-4", "hv-5"].map((name) => ({ ...(name === "hv-5" ? refused! : good!), name }));
    hosts = Object.fromEntries(await Promise.all(machines.map(async (machine) => [machine.name, await fleet.add(machine, { faults: {} })] as const)));
    stack = await Stack.create({ program, environment: { HOME: fleet.folder } });
  });
  afterAll(async () => {
    stack?.dispose();
    await fleet?.stop();
  });

  it("previews the canary's plan, and for which wave each other host waits", async () => {
    const result = await stack.preview();
    const { stdout } = result;
    expect(said(result)).toContain("GpuFleet region: wave 1 of 4 goes now (1 host: hv-1); 3 hosts wait for a later run.");
    expect(stdout.match(/waits for wave 2 of 4/g)).toHaveLength(8);
    expect(stdout.match(/waits for wave 3 of 4/g)).toHaveLength(4);
    expect(stdout.match(/file \/etc\/default\/grub\.d\/zz-gpuhost\.cfg/g)).toHaveLength(1);
    expect(said(result)).toContain("1 of 5 hosts refused: hv-5.");
  });

  it("changes the canary alone", async () => {
    await stack.up();
    expect(touched()).toEqual(["hv-1"]);
    expect(await ready()).toEqual({ "hv-1": true, "hv-2": false, "hv-3": false, "hv-4": false, "hv-5": false });
  });

  it("goes on with one host of each rack, and a host that does not answer keeps the other from nothing", async () => {
    await hosts["hv-2"]!.ssh.stop();
    expect(said(await stack.up())).toContain("wave 2 of 4 goes now (1 host: hv-4)");
    expect(touched()).toEqual(["hv-1", "hv-4"]);
    expect(await ready()).toMatchObject({ "hv-1": true, "hv-4": true });
  });

  it("begins no further wave as long as that host is away", async () => {
    expect(said(await stack.up())).toContain("wave 3 does not begin: 1 of the hosts before it failed or do not answer (hv-2), and stopAfterFailures is 1");
    expect(touched()).toEqual(["hv-1", "hv-4"]);
  });

  it("goes on where it stopped once it answers, wave by wave to the end", async () => {
    await hosts["hv-2"]!.ssh.start();
    expect(said(await stack.up())).toContain("wave 2 of 4 goes now (1 host: hv-2); 1 host waits");
    expect(said(await stack.up())).toContain("wave 3 of 4 goes now (1 host: hv-3); no host waits");
    expect(await ready()).toEqual({ "hv-1": true, "hv-2": true, "hv-3": true, "hv-4": true, "hv-5": false });
    const result = await stack.preview();
    expect(said(result)).toContain("all waves have passed (4); no host waits");
    expect(result.stdout).toMatch(/^ *2\d unchanged$/m);
  });

  it("keeps what is on record of hosts that wait for another change, and that they are ready", async () => {
    await stack.configure({ more: '["iommu=pt"]' });
    expect(said(await stack.preview())).toContain("wave 1 of 4 goes now (1 host: hv-1); 3 hosts wait");
    await stack.up();
    expect(await ready()).toEqual({ "hv-1": true, "hv-2": true, "hv-3": true, "hv-4": true, "hv-5": false });
    expect(Object.entries(hosts).map(([name, host]) => [name, host.boots])).toEqual([["hv-1", 3], ["hv-2", 2], ["hv-3", 2], ["hv-4", 2], ["hv-5", 1]]);
  });

  it("is undone whole while some of it waits", async () => {
    succeeded(await stack.destroy());
    expect(Object.values(hosts).filter((host) => existsSync(host.files.at("/etc/default/grub.d/zz-gpuhost.cfg")))).toEqual([]);
  });
});
