import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { observed } from "./observed";
import { Stack } from "../beds/engine/stack";
import { connectionTo } from "../vm/labStack";
import { bindTo, driversOf, giveBack, plugSriovCard } from "../beds/vm/compute/binding";
import { topologies } from "../beds/vm/lab";
import { planIommuVerification } from "../../provider/plan/iommuVerification";
import { judgeAliases } from "../../provider/readiness/nova/alias";
import { alias, card, Region } from "./region";

const minutes = 60_000;
const [graphics, companion] = card.functions as [string, string];
const twin = topologies.compute.cards.twin!;

const rulesOnly = (connection: object): string => `
const gpuhost = require("pulumi-gpuhost");
module.exports = gpuhost.program(() => { new gpuhost.AppArmorRules("hv1", { connection: ${JSON.stringify(connection)} }); });
`;

// What Nova, libvirt and the kernel do with a card that is not as it should be, and what our reading of the host said before.
describe("what Nova offers without asking the kernel", { timeout: 15 * minutes }, () => {
  let region: Region;
  beforeAll(async () => {
    region = await Region.start({ nova: "waiting" });
    await region.flavor("gpu", "gpu:1");
    await region.wait(() => region.offered(), 300);
  }, 20 * minutes);
  afterAll(() => region?.stop(), 2 * minutes);

  /** Verdict and findings of our verification, from a fresh read of the host. */
  async function verified(address: string, id: string) {
    const facts = await observed(region.host);
    const plan = planIommuVerification(facts, { cards: [{ address, id }], trustLevel: "single-tenant", acknowledgedUses: [] });
    return { facts, ready: plan.outputs?.["ready"], rules: plan.findings.map(({ rule }) => rule), says: Object.values(plan.lines).join(" ") };
  }

  it("a card that is ready goes to a server and comes back on vfio-pci", async () => {
    expect(await verified(graphics, card.ids[0]!)).toMatchObject({ ready: true });
    const server = await region.boot("good", await region.flavorId("gpu"));
    expect(server.status, server.fault?.message).toBe("ACTIVE");
    await region.delete(server.id);
    expect(await driversOf(region.host, card.functions)).toEqual({ [graphics]: "vfio-pci", [companion]: "vfio-pci" });
  });

  it("a companion on its host driver: we say not ready; Nova offers the card, the server fails, and the API says nothing of why", async () => {
    await giveBack(region.host, [companion]);
    const judged = await verified(graphics, card.ids[0]!);
    expect(judged.ready).toBe(false);
    expect(judged.rules).toContain("companion-on-host-driver");
    expect(await region.offered()).toEqual([1, 0, 0]);
    const server = await region.boot("unviable", await region.flavorId("gpu"));
    expect(server.status).toBe("ERROR");
    expect(server.fault?.message).toMatch(/Exceeded maximum number of retries/);
    expect(server.fault?.message).not.toMatch(/viable/);
    expect(await region.nova.log(400)).toMatch(/group \d+ is not viable/);
    await region.delete(server.id);
    await bindTo(region.host, "vfio-pci", [companion]);
    expect(await verified(graphics, card.ids[0]!)).toMatchObject({ ready: true });
  });

  it("a card that is not on vfio-pci when its server starts: we say not ready; libvirt gives it back to the host's driver and clears driver_override", async () => {
    await giveBack(region.host, [graphics]);
    await region.host.read(`echo vfio-pci >/sys/bus/pci/devices/${graphics}/driver_override`);
    const judged = await verified(graphics, card.ids[0]!);
    expect(judged.ready).toBe(false);
    const server = await region.boot("managed", await region.flavorId("gpu"));
    expect(server.status, server.fault?.message).toBe("ACTIVE");
    await region.delete(server.id);
    expect(await driversOf(region.host, [graphics])).toEqual({ [graphics]: "bochs-drm" });
    expect((await region.host.read(`cat /sys/bus/pci/devices/${graphics}/driver_override`)).trim()).toBe("(null)");
    await bindTo(region.host, "vfio-pci", [graphics]);
  });

  it("type-PCI asked for a card that Nova calls type-PF: we say which it is; Nova finds no host", async () => {
    const sriov = await plugSriovCard(region.host);
    const { facts } = await verified(graphics, card.ids[0]!);
    const sriovAlias = (type: string) => JSON.stringify({ name: "s", vendor_id: "1b36", product_id: "0010", device_type: type });
    const [asPci, asPf] = ["type-PCI", "type-PF"].map((type) => judgeAliases([sriovAlias(type)], { major: 34, certain: true }, false, facts)[0]);
    expect(asPci).toMatchObject({ verdict: "warn" });
    expect(asPci?.why).toMatch(new RegExp(`${sriov}.*is type-PF here`));
    expect(asPf).toMatchObject({ verdict: "accept" });
    // A nova-compute that runs did not take up a card that was plugged in and bound meanwhile.
    await region.nova.restart();
    await region.wait(() => region.offered(sriov), 180);
    await region.wait(async () => ((await region.service()).state === "up" ? true : undefined), 120);
    await region.plane.setAlias(alias, { name: "sriovpci", vendor_id: "1b36", product_id: "0010", device_type: "type-PCI" }, { name: "sriovpf", vendor_id: "1b36", product_id: "0010", device_type: "type-PF" });
    for (const [name, status] of [["sriovpci", "ERROR"], ["sriovpf", "ACTIVE"]] as const) {
      const server = await region.boot(name, await region.flavor(name, `${name}:1`));
      expect([name, server.status, server.fault?.message ?? ""]).toEqual([name, status, status === "ERROR" ? expect.stringMatching(/No valid host was found/) : ""]);
      await region.delete(server.id);
    }
  });

  it("suspend and resume without the rule for /dev/vfio/vfio: we say so; the server starts, and does not come back. With AppArmorRules it does", async () => {
    await region.host.read("sed -i '\\#/dev/vfio/vfio rw#d' /etc/apparmor.d/abstractions/libvirt-qemu");
    const rules = await Stack.create({ program: rulesOnly(connectionTo(region.host)), environment: {} });
    try {
      const preview = await rules.preview();
      expect(preview.stdout + preview.stderr).toMatch(/\/dev\/vfio\/vfio/);
      const lost = await region.boot("suspended-1", await region.flavorId("gpu"));
      expect(lost.status, lost.fault?.message).toBe("ACTIVE");
      await region.act(lost.id, "suspend", "SUSPENDED");
      await region.act(lost.id, "resume", "ERROR");
      expect(await region.nova.log(300)).toMatch(/failed to open \/dev\/vfio\/vfio: Permission denied/);
      await region.delete(lost.id);
      await region.wait(async () => ((await region.offered())?.[2] === 0 ? true : undefined), 120);

      const up = await rules.up();
      expect(up.exitCode, up.stdout + up.stderr).toBe(0);
      const back = await region.boot("suspended-2", await region.flavorId("gpu"));
      expect(back.status, back.fault?.message).toBe("ACTIVE");
      await region.act(back.id, "suspend", "SUSPENDED");
      await region.act(back.id, "resume", "ACTIVE");
      await region.delete(back.id);
    } finally {
      rules.dispose();
    }
  });

  it("the IOMMU off: we say so of every card; Nova still offers it", async () => {
    await region.host.read("sed -i 's/intel_iommu=on/intel_iommu=off/' /etc/default/grub /etc/default/grub.d/*.cfg && update-grub && systemctl enable -q nova-compute");
    const bootId = await region.host.bootId();
    await region.host.ssh("systemctl reboot");
    await region.host.waitForSsh(600, bootId);
    const judged = await verified(twin.functions[0]!, twin.ids[0]!);
    expect(judged.ready).toBe(false);
    expect(judged.rules).toContain("iommu-inactive");
    await region.plane.waitForCompute((await region.host.read("hostname")).trim(), 300);
    await region.wait(async () => (await region.service()).state === "up" ? true : undefined, 300);
    expect(await region.offered()).toEqual([1, 0, 0]);
  });
});
