import { writeFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { HostFacts, NovaFacts } from "../../provider/facts/hostFacts";
import { localShell } from "../../provider/host/localShell";
import { observe } from "../../provider/host/observe";
import { planNovaPciAlias } from "../../provider/plan/novaPciAlias";
import type { WriteFile } from "../../provider/plan/step";
import type { Api } from "../beds/openstack/api";
import { startControlPlane, type ControlPlane } from "../beds/openstack/controlPlane";

const wish = { aliases: [{ name: "a100", vendorId: "10de", productId: "20b5", deviceType: "type-PCI" as const }] };

// What NovaPciAlias plans from a controller's own processes and files, read by the real nova-api, nova-scheduler and nova-conductor. The file
// is put there by the test: the controller is the machine that runs it.
describe("aliases on a real controller", { timeout: 600_000 }, () => {
  let plane: ControlPlane;
  let api: Api;
  let flavor: string;

  beforeAll(async () => {
    plane = await startControlPlane({ fakeComputes: [{ devices: [{ address: "0000:3b:00.0", vendorId: "10de", productId: "20b5" }], deviceSpecs: [{ vendor_id: "10de", product_id: "20b5" }] }] });
    api = await plane.api();
    const made = await api.must<{ flavor: { id: string } }>("POST", "compute", "/flavors", { flavor: { name: "gpu", ram: 64, vcpus: 1, disk: 0, "OS-FLV-EXT-DATA:ephemeral": 1 } });
    flavor = made.flavor.id;
    await api.must("POST", "compute", `/flavors/${flavor}/os-extra_specs`, { extra_specs: { "pci_passthrough:alias": "a100:1" } });
  });
  afterAll(() => plane?.close());

  /** The facts of this machine, as if it ran this control plane alone. */
  async function controller(): Promise<HostFacts> {
    const facts = await observe(localShell("the controller"));
    const folder = plane.dropIns.replace(/\/[^/]+\/?$/, "");
    const ours = (args: readonly string[]): boolean => args.some((argument) => argument.includes(folder));
    const nova: NovaFacts = { ...facts.nova, managers: [], services: (facts.nova.services ?? []).filter(({ name, args }) => name !== "nova-compute" && ours(args)) };
    return { ...facts, nova };
  }

  const boot = () => api.request("POST", "compute", "/servers", { server: { name: "one", flavorRef: flavor, networks: "none", block_device_mapping_v2: [{ source_type: "blank", destination_type: "local", boot_index: 0, volume_size: 1 }] } });

  it("are not there before: the API refuses the flavor's request", async () => {
    const answer = await boot();
    expect([answer.status, JSON.stringify(answer.body)]).toEqual([400, expect.stringContaining("PCI alias a100 is not defined")]);
  });

  it("go where the running services read them, and count from their next start on", async () => {
    const plan = planNovaPciAlias(await controller(), wish);
    expect(plan.findings.filter(({ severity }) => severity === "refuse")).toEqual([]);
    const file = plan.steps.find((step): step is WriteFile => step.kind === "writeFile");
    expect(file?.path).toBe(`${plane.dropIns.replace(/\/$/, "")}/90-gpuhost-alias.conf`);
    writeFileSync(file!.path, file!.text);
    await plane.restart("nova-api", "nova-conductor", "nova-scheduler");
    expect(planNovaPciAlias(await controller(), wish).steps).toEqual([]);

    const answer = await boot();
    expect(answer.status, JSON.stringify(answer.body)).toBe(202);
    const { id } = (answer.body as { server: { id: string } }).server;
    await expect.poll(async () => (await api.must<{ server: { status: string } }>("GET", "compute", `/servers/${id}`)).server.status, { timeout: 240_000, interval: 2000 }).toBe("ACTIVE");
  });
});
