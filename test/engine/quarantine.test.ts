import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Stack, succeeded } from "../beds/engine/stack";
import { Fleet } from "../beds/simulated/fleet";
import type { SimulatedHost } from "../beds/simulated/host";
import { disk, graphicsCard, machine, networkCard, rootPort } from "../beds/simulated/machine";
import { fakeCloud, type FakeCloud, type FakeReply } from "../openstack/fakeCloud";

const card = "0000:65:00.0";
const program = (reboot: "never" | "whenNeeded"): string => `
const { GpuHost, GpuReady, NovaPci, program } = require("pulumi-gpuhost");
module.exports = program(() => {
  const connection = { host: "cmp1" };
  const { verification } = new GpuHost("cmp1", { connection, cards: [{ address: "${card}", id: "10de:2231" }], reboot: "${reboot}" });
  const nova = new NovaPci("cmp1", { connection, verification, deviceSpecs: [{ address: "${card}" }], aliases: [] });
  const { marked } = new GpuReady("cmp1", { connection, verification }, { after: [nova] });
  return { marked, quarantined: nova.quarantined, nova: nova.status };
});`;
const broken = "/etc/nova/nova-compute.conf";
const note = "/etc/gpuhost/nova-quarantine.conf";

/** A cloud that keeps what is written to it: one service, and the traits of one provider. What such writes mean is shown on a real one. */
class Region {
  service: Record<string, unknown> = { id: "s1", host: "cmp1", state: "up", status: "enabled", disabled_reason: null, forced_down: false, updated_at: null };
  traits: readonly string[] = ["CUSTOM_GPU_READY"];
  private fake: FakeCloud | undefined;

  async start(): Promise<Record<string, string>> {
    const of = (body: () => unknown): readonly FakeReply[] => [{ get body() { return body(); } }];
    const at = "/placement/resource_providers";
    const head = { uuid: "h1", name: "cmp1.example", generation: 1, parent_provider_uuid: null };
    const held = (more: object) => of(() => ({ resource_provider_generation: 1, ...more }));
    this.fake = await fakeCloud({ replies: {
      "GET /compute/v2.1/os-services": of(() => ({ services: [this.service] })),
      "PUT /compute/v2.1/os-services/s1": of(() => ({ service: (this.service = { ...this.service, disabled_reason: null, ...this.last() }) })),
      "GET /compute/v2.1/os-hypervisors/detail": of(() => ({ hypervisors: [{ id: "h1", hypervisor_hostname: "cmp1.example", hypervisor_type: "QEMU", service: { host: "cmp1" } }] })),
      "GET /compute/v2.1/os-aggregates": of(() => ({ aggregates: [] })),
      "GET /compute/v2.1/servers/detail": of(() => ({ servers: [] })),
      "GET /compute/v2.1/os-migrations": of(() => ({ migrations: [] })),
      [`GET ${at}`]: of(() => ({ resource_providers: [head] })), [`GET ${at}/h1`]: of(() => head),
      [`GET ${at}/h1/inventories`]: held({ inventories: {} }), [`GET ${at}/h1/allocations`]: held({ allocations: {} }),
      [`GET ${at}/h1/traits`]: of(() => ({ resource_provider_generation: 1, traits: this.traits })),
      [`PUT ${at}/h1/traits`]: of(() => ({ resource_provider_generation: 1, traits: (this.traits = this.last()["traits"] as string[]) })),
      "GET /placement/traits/CUSTOM_GPU_READY": [{ status: 204 }],
    } });
    return { OS_AUTH_URL: this.fake.authUrl, OS_USERNAME: "admin", OS_PASSWORD: "secret", OS_PROJECT_NAME: "admin", OS_REGION_NAME: "one" };
  }
  close(): Promise<void> {
    return this.fake?.close() ?? Promise.resolve();
  }
  private last(): Record<string, unknown> {
    return (this.fake?.bodies.at(-1) ?? {}) as Record<string, unknown>;
  }
}

describe("a card that Nova offers, and that is not proven", () => {
  let fleet: Fleet;
  let host: SimulatedHost;
  let stack: Stack;
  const region = new Region();

  beforeAll(async () => {
    fleet = new Fleet();
    host = await fleet.add(machine("cmp1", {
      kernelArguments: "quiet intel_iommu=on",
      functions: [
        rootPort("0000:00:01.0", 10), disk("0000:01:00", "0000:00:01.0", 11),
        rootPort("0000:00:02.0", 12), networkCard("0000:02:00", "0000:00:02.0", 13, { name: "eno1", address: "its own" }),
        rootPort("0000:64:00.0", 14), graphicsCard("0000:65:00", "0000:64:00.0", 15),
      ],
    }));
    // Nova does not start with the second file, so nothing may be written beside it.
    host.files.write("/etc/nova/nova.conf", `[pci]\ndevice_spec = {"address":"${card}"}`);
    host.files.write(broken, "[pci]\nthis line assigns nothing");
    host.files.write("/gpuhost/answers/nova-services", ["service proc/900", "program nova-compute", "path /usr/bin/nova-compute", "argument /usr/bin/nova-compute", "unit nova-compute.service"].join("\n"));
    stack = await Stack.create({ program: program("never"), environment: { HOME: fleet.folder, ...await region.start() } });
  });
  afterAll(async () => {
    stack?.dispose();
    await fleet?.stop();
    await region.close();
  });

  it("is kept from new guests, and its mark goes, although the rest of its NovaPci is refused; the preview says both", async () => {
    const preview = succeeded(await stack.preview());
    expect(preview.stdout).toMatch(new RegExp(`quarantine of ${card}[^"]*"quarantined, since it is not proven any more: nova-compute on cmp1 is disabled`));
    expect(preview.stdout).toMatch(/all else, host[^"]*"refused \(nova-file-broken\)/);
    expect(preview.stdout + preview.stderr).toMatch(/cmp1: refused, and stays as it is \(nova-file-broken\)/);
    expect(region.service["status"]).toBe("enabled");
    const up = await stack.up("--continue-on-error");
    expect(up.exitCode).not.toBe(0);
    expect(up.stdout + up.stderr).toMatch(/done as planned: .*Nothing else was touched, because the rest is refused/);
    expect(region.service).toMatchObject({ status: "disabled", disabled_reason: "gpuhost: a card that Nova offers is not proven any more" });
    expect([region.traits, host.files.read(note)?.includes(card)]).toEqual([[], true]);
    expect(host.files.exists("/etc/nova/nova-compute.conf.d/90-gpuhost.conf")).toBe(false);
    expect(await stack.outputs()).toMatchObject({ marked: false, nova: "refused" });
  });

  it("is refused in the next preview, which has nothing more to take", async () => {
    const preview = await stack.preview();
    expect(preview.exitCode).not.toBe(0);
    expect(preview.stdout + preview.stderr).toMatch(/1 of 1 hosts refused: cmp1/);
  });

  it("is offered and marked again by the very run whose reboot proves it, and the preview says so", async () => {
    host.files.write(broken, "");
    stack.write("index.js", program("whenNeeded"));
    const { stdout } = succeeded(await stack.up("--continue-on-error"));
    const preview = stdout.slice(0, stdout.indexOf("Updating ("));
    expect(preview).toContain(`lifted once a fresh read proves ${card}`);
    expect(preview).toContain("enabled again once no card is in quarantine any more");
    expect(host.boots).toBe(2);
    expect([region.service["status"], region.traits, host.files.exists(note)]).toEqual(["enabled", ["CUSTOM_GPU_READY"], false]);
    expect(await stack.outputs()).toEqual({ marked: true, quarantined: [], nova: "applied" });
    expect((await stack.preview("--expect-no-changes")).exitCode).toBe(0);
  });
});
