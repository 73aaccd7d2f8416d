import { describe, expect, it } from "vitest";
import type { CloudPort } from "../../provider/controllers/cloudPort";
import { novaPci } from "../../provider/controllers/novaPci";
import type { Host } from "../../provider/host/host";
import { novaDropInText } from "../../provider/plan/novaDropIn";
import { planNovaPci } from "../../provider/plan/novaPci";
import type { NovaPciDesired } from "../../provider/plan/novaWishes";
import { hostFacts } from "../plan/factsBuilder";

const address = "0000:65:00.0";
const desired: NovaPciDesired = {
  cloud: {}, deviceSpecs: [{ address }], aliases: [], unit: "nova-compute.service", deadlineSeconds: 60,
  verification: { cards: [{ address, id: "10de:20b5" }], trustLevel: "single-tenant", acknowledgedUses: [] },
};
const facts = (driver: string, reserved: number, quarantine: readonly string[]) => hostFacts({
  running: "ro intel_iommu=on", iommu: "active", vfioNodes: ["12"], devices: [{ address, ids: "10de:20b5", class: "030200", group: 12, driver }], quarantine,
  cloud: { devices: { [address]: { resourceClass: "CUSTOM_PCI_10DE_20B5", reserved } } },
  nova: { services: [{ name: "nova-compute", version: "34.0.0" }], files: { "/etc/nova/nova-compute.conf.d/90-gpuhost.conf": novaDropInText([{ section: "pci", key: "device_spec", value: JSON.stringify({ vendor_id: "10de", product_id: "20b5", address }) }]) } },
});

/** In which order the host and the cloud are acted on; a run can die between any two of them. */
async function order(of: ReturnType<typeof facts>): Promise<string[]> {
  const done: string[] = [];
  const host = {
    name: "hv1", observe: () => Promise.resolve(of),
    apply: ({ steps }: Parameters<Host["apply"]>[0]) => { done.push(...steps.map(({ kind }) => kind)); return Promise.resolve({ state: "done", says: "", steps: [] }); },
  } as unknown as Host;
  const cloud = { observe: () => Promise.reject(new Error("not asked")), carryOut: (steps: readonly { readonly kind: string }[]) => { done.push(...steps.map(({ kind }) => kind)); return Promise.resolve([]); } } as unknown as CloudPort;
  await novaPci.apply?.(host, of, planNovaPci(of, desired), desired, () => undefined, cloud);
  return done;
}

describe("the note of a quarantine", () => {
  it("is there before the card is reserved, and until it is offered again", async () => {
    expect(await order(facts("nvidia", 0, []))).toEqual(["writeFile", "reserveInventory"]);
    expect(await order(facts("vfio-pci", 1, [address]))).toEqual(["releaseInventory", "restoreFile"]);
  });
});
