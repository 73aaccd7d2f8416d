import { describe, expect, it } from "vitest";
import { novaDropInText } from "../../provider/plan/novaDropIn";
import { planNovaPci } from "../../provider/plan/novaPci";
import { QUARANTINE_PATH, quarantineReason } from "../../provider/plan/novaQuarantine";
import type { NovaPciDesired } from "../../provider/plan/novaWishes";
import type { Plan } from "../../provider/plan/plan";
import { hostFacts, type FactsOptions } from "./factsBuilder";

const [a, b] = ["0000:65:00.0", "0000:b3:00.0"];
const desired = (...addresses: string[]): NovaPciDesired => ({
  cloud: {}, deviceSpecs: addresses.map((address) => ({ address })), aliases: [], unit: "nova-compute.service", deadlineSeconds: 60,
  verification: { cards: addresses.map((address) => ({ address, id: "10de:20b5" })), trustLevel: "single-tenant", acknowledgedUses: [] },
});
const offering = (...addresses: string[]) => novaDropInText(addresses.map((address) => ({ section: "pci", key: "device_spec", value: JSON.stringify({ vendor_id: "10de", product_id: "20b5", address }) })));
const host = (drivers: Record<string, string>, options: FactsOptions, file = offering(...Object.keys(drivers))) => hostFacts({
  running: "ro intel_iommu=on", iommu: "active", vfioNodes: ["12", "13"], cloud: {},
  devices: [a, b].map((address, at) => ({ address, ids: "10de:20b5", class: "030200", group: 12 + at, driver: drivers[address] ?? "vfio-pci" })),
  nova: { services: [{ name: "nova-compute", version: "34.0.0" }], files: { "/etc/nova/nova-compute.conf.d/90-gpuhost.conf": file } }, ...options,
});
const notes = (plan: Plan) => [...plan.steps, ...(plan.after ?? [])].flatMap((step) => (!("path" in step) || step.path !== QUARANTINE_PATH ? [] : [step.kind === "writeFile" ? step.text.split("\n").filter((line) => /^0000/.test(line)) : []]));
const inPlacement = (reserved: number) => ({ cloud: { devices: { [a]: { resourceClass: "CUSTOM_PCI_10DE_20B5", reserved } } } });

describe("quarantine", () => {
  it("never takes for its own what was reserved before: it would give a person's, or a used one-time device, back to guests", () => {
    const plan = planNovaPci(host({ [a]: "nvidia" }, inPlacement(1)), desired(a));
    expect([plan.cloud, notes(plan)]).toEqual([[], []]);
  });

  it("names the file that it notes in", () => {
    const plan = planNovaPci(host({ [a]: "nvidia" }, inPlacement(0)), desired(a));
    expect(notes(plan)).toEqual([[a]]);
    expect(Object.keys(plan.lines)).toContain(`file ${QUARANTINE_PATH}`);
  });

  it("notes every card that a service disabled by us keeps from guests, and enables it for none alone", () => {
    const disabled = { cloud: { service: { status: "disabled" as const, disabledReason: quarantineReason } }, quarantine: [a] };
    const second = planNovaPci(host({ [a]: "nvidia", [b]: "nvidia" }, disabled), desired(a, b));
    expect([second.cloud, notes(second)]).toEqual([[], [[a, b]]]);
    const first = planNovaPci(host({ [a]: "vfio-pci", [b]: "nvidia" }, disabled), desired(a, b));
    expect(first.cloud).toEqual([]);
    expect(notes(first)).toEqual([[a, b]]);
    const next = planNovaPci(host({ [a]: "vfio-pci", [b]: "nvidia" }, { ...disabled, quarantine: [a, b] }), desired(a, b));
    expect([next.cloud, notes(next)]).toEqual([[], [[b]]]);
  });

  it("ends for a card that is taken out of the program", () => {
    const plan = planNovaPci(host({ [a]: "nvidia" }, { cloud: { service: { status: "disabled", disabledReason: quarantineReason } }, quarantine: [a] }, offering(a, b)), desired(b));
    expect(plan.steps.map((step) => ("path" in step ? step.path : step.kind))).toEqual(["/etc/nova/nova-compute.conf.d/90-gpuhost.conf", "restartService"]);
    expect(plan.after).toEqual([{ kind: "restoreFile", path: QUARANTINE_PATH }]);
    expect(plan.cloud?.map(({ kind }) => kind)).toEqual(["waitForComputeService", "enableComputeService"]);
  });
});
