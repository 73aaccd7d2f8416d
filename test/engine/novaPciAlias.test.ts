import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Stack, succeeded } from "../beds/engine/stack";
import { Fleet } from "../beds/simulated/fleet";
import type { SimulatedHost } from "../beds/simulated/host";
import { disk, machine, networkCard, rootPort } from "../beds/simulated/machine";

const alias = { name: "a100", vendorId: "10de", productId: "20b5", deviceType: "type-PF" };
const value = '{"name":"a100","vendor_id":"10de","product_id":"20b5","device_type":"type-PF"}';
const program = `
const { NovaPciAlias, program } = require("pulumi-gpuhost");
module.exports = program(() => {
  for (const host of ["ctl-1", "ctl-2"]) new NovaPciAlias(host, { connection: { host }, aliases: [${JSON.stringify(alias)}] });
});`;
const dropIn = "/etc/nova/nova.conf.d/90-gpuhost-alias.conf";

/** A controller with these services of Nova, in the words of the probe. */
async function controller(fleet: Fleet, name: string, services: readonly string[], configuration: string): Promise<SimulatedHost> {
  const host = await fleet.add(machine(name, {
    functions: [rootPort("0000:00:01.0", 10), disk("0000:01:00", "0000:00:01.0", 11), rootPort("0000:00:02.0", 12), networkCard("0000:02:00", "0000:00:02.0", 13, { name: "eno1", address: "its own" })],
  }));
  host.files.write("/etc/nova/nova.conf", configuration);
  host.files.write("/gpuhost/answers/nova-services", services.map((service, at) => [`service proc/${900 + at}`, `program ${service}`, `path /usr/bin/${service}`, `argument /usr/bin/${service}`, `unit ${service}.service`].join("\n")).join("\n"));
  return host;
}

// The whole way with the real engine, real SSH and the real scripts; that the services exist is the model's word.
describe("aliases on two controllers, one of which has them already", () => {
  let fleet: Fleet;
  let stack: Stack;
  let lacking: SimulatedHost;
  let complete: SimulatedHost;

  beforeAll(async () => {
    fleet = new Fleet();
    lacking = await controller(fleet, "ctl-1", ["nova-scheduler"], "[filter_scheduler]\nenabled_filters = ComputeFilter,NUMATopologyFilter");
    complete = await controller(fleet, "ctl-2", ["nova-conductor"], `[pci]\nalias = ${value}`);
    stack = await Stack.create({ program, environment: { HOME: fleet.folder } });
  });
  afterAll(async () => {
    stack?.dispose();
    await fleet?.stop();
  });

  it("names the one that differs, and shows its list of filters whole", async () => {
    const { stdout, stderr } = succeeded(await stack.preview());
    expect(stdout + stderr).toContain("alias a100: ctl-1 differs from ctl-2; this run makes them the same.");
    expect(stdout).toContain("PciPassthroughFilter is added: ComputeFilter,NUMATopologyFilter,PciPassthroughFilter");
    expect(lacking.files.exists(dropIn)).toBe(false);
  });

  it("writes what is lacking, restarts what reads it, and leaves the other alone", async () => {
    succeeded(await stack.up());
    expect(lacking.files.read(dropIn)).toContain(`[pci]\nalias = ${value}\n\n[filter_scheduler]\nenabled_filters = ComputeFilter,NUMATopologyFilter,PciPassthroughFilter`);
    expect(lacking.files.read("/run/restarted")).toBe("nova-scheduler.service");
    expect([complete.files.exists(dropIn), complete.files.exists("/run/restarted")]).toEqual([false, false]);
    expect((await stack.preview("--expect-no-changes")).exitCode).toBe(0);
  });

  it("shows a filter that somebody added since, and keeps it", async () => {
    lacking.files.write("/etc/nova/nova.conf", "[filter_scheduler]\nenabled_filters = ComputeFilter,NUMATopologyFilter,DifferentHostFilter");
    const { stdout } = succeeded(await stack.up());
    expect(stdout).toContain("ComputeFilter,NUMATopologyFilter,DifferentHostFilter,PciPassthroughFilter");
    expect(lacking.files.read(dropIn)).toContain("DifferentHostFilter,PciPassthroughFilter");
  });

  it("takes its file away again, and restarts without it", async () => {
    succeeded(await stack.destroy());
    expect(lacking.files.exists(dropIn)).toBe(false);
    expect(lacking.files.read("/run/restarted")?.split("\n")).toEqual(["nova-scheduler.service", "nova-scheduler.service", "nova-scheduler.service"]);
  });
});
