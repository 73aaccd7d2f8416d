import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { insideReviewed } from "../../provider/plan/inside";
import { novaDropInText } from "../../provider/plan/novaDropIn";
import { planNovaPci } from "../../provider/plan/novaPci";
import type { NovaPciDesired } from "../../provider/plan/novaWishes";
import { refused } from "../../provider/plan/plan";
import type { WriteFile } from "../../provider/plan/step";
import { undoNovaPci } from "../../provider/plan/undoNovaPci";
import { parseIni } from "../../provider/facts/oslo/iniFile";
import { hostFacts, type FactsOptions } from "./factsBuilder";
import { goldenCases } from "./golden";

describe("golden plans of NovaPci", () => goldenCases("novaPci", planNovaPci, undoNovaPci));

const [a, b] = ["0000:65:00.0", "0000:b3:00.0"];
const path = "/etc/nova/nova-compute.conf.d/90-gpuhost.conf";
const desired = (...addresses: string[]): NovaPciDesired => ({
  cloud: {}, deviceSpecs: addresses.map((address) => ({ address })), aliases: [{ name: "gpu" }], unit: "nova-compute.service", deadlineSeconds: 60,
  verification: { cards: addresses.map((address) => ({ address, id: "10de:20b5" })), trustLevel: "single-tenant", acknowledgedUses: [] },
});
const device = (address: string, group: number, driver = "vfio-pci") => ({ address, ids: "10de:20b5", class: "030200", group, driver });
const bound: FactsOptions = { running: "ro intel_iommu=on", iommu: "active", devices: [device(a, 12), device(b, 13)], vfioNodes: ["12", "13"], cloud: {}, nova: { services: [{ name: "nova-compute", version: "34.0.0" }] } };
const written = (options: FactsOptions, wish: NovaPciDesired): WriteFile | undefined =>
  planNovaPci(hostFacts(options), wish).steps.find((step): step is WriteFile => step.kind === "writeFile" && step.path === path);

describe("NovaPci", () => {
  it("says the same before the reboot as it does after it", () => {
    const bare = { ...bound, running: "ro", iommu: "inactive" as const, firmwareTables: ["DMAR"], devices: [device(a, 12, "nouveau"), device(b, 13, "nouveau")].map(({ group: _group, ...rest }) => rest), vfioNodes: [] };
    const [before, after] = [bare, bound].map((options) => planNovaPci(hostFacts(options), desired(a)));
    expect(insideReviewed(before?.lines ?? {}, after?.lines ?? {}).moved).toEqual([]);
  });

  it("has nothing left to do once its file is there, and writes exactly what a parser reads back", () => {
    fc.assert(fc.property(fc.subarray([a, b], { minLength: 1 }), fc.constantFrom<NovaPciDesired["aliases"]>([], [{ name: "gpu" }], [{ name: "x.y", numaPolicy: "preferred" }]), (addresses, aliases) => {
      const wish = { ...desired(...addresses), aliases };
      const text = written(bound, wish)?.text ?? "";
      expect(parseIni(text).assignments.map(({ key }) => key)).toEqual([...addresses.map(() => "device_spec"), ...aliases.map(() => "alias")]);
      const after = planNovaPci(hostFacts({ ...bound, nova: { ...bound.nova, files: { [path]: text } } }), wish);
      expect([after.steps, after.cloud, refused(after)]).toEqual([[], [], false]);
    }));
  });

  it("offers exact addresses only, and only those that were named", () => {
    fc.assert(fc.property(fc.subarray([a, b], { minLength: 1 }), (addresses) => {
      const values = parseIni(written(bound, desired(...addresses))?.text ?? "").assignments.filter(({ key }) => key === "device_spec").map(({ value }) => JSON.parse(value) as { address: string });
      expect(values.map(({ address }) => address)).toEqual(addresses);
    }));
  });

  it("never restarts or writes anything for Nova while it takes a card out of scheduling", () => {
    const text = novaDropInText([{ section: "pci", key: "device_spec", value: JSON.stringify({ vendor_id: "10de", product_id: "20b5", address: a }) }]);
    const lost = { ...bound, devices: [device(a, 12, "nvidia"), device(b, 13)], nova: { ...bound.nova, files: { [path]: text } } };
    const plan = planNovaPci(hostFacts(lost), desired(a, b));
    expect(plan.cloud?.map(({ kind }) => kind)).toEqual(["disableComputeService"]);
    expect(plan.steps.map((step) => (step.kind === "writeFile" ? step.path : step.kind))).toEqual(["/etc/gpuhost/nova-quarantine.conf"]);
  });

  it("keeps report_in_placement when it is no longer asked for: Nova would not start without it", () => {
    const text = written(bound, { ...desired(a), reportInPlacement: true })?.text ?? "";
    const placement = { devices: { [a]: { resourceClass: "CUSTOM_PCI_10DE_20B5" } } };
    const plan = planNovaPci(hostFacts({ ...bound, cloud: placement, nova: { ...bound.nova, files: { [path]: text } } }), desired(a));
    expect([text.includes("report_in_placement = true"), plan.steps]).toEqual([true, []]);
  });

  it("names all that goes from its file", () => {
    const text = `${written(bound, desired(a))?.text ?? ""}\nalias = {broken\n[DEFAULT]\ndebug = true\n`;
    const plan = planNovaPci(hostFacts({ ...bound, nova: { ...bound.nova, files: { [path]: text } } }), { ...desired(a), aliases: [] });
    expect(plan.lines).toMatchObject({ "alias {broken": expect.stringMatching(/^goes/) as string, "alias gpu": expect.stringMatching(/^goes/) as string, "option [DEFAULT]debug": expect.stringMatching(/^goes: debug = true/) as string });
  });

  it("restarts Nova in an undo that goes on from one that was cut off after the file", () => {
    const facts = hostFacts({ ...bound, interrupted: ["NovaPci"] });
    expect(undoNovaPci(facts, desired(a)).steps.map(({ kind }) => kind)).toEqual(["restartService"]);
    expect(undoNovaPci(hostFacts(bound), desired(a)).steps).toEqual([]);
  });

  it("is undone to nothing of ours, whatever is in the file", () => {
    const text = written(bound, desired(a, b))?.text ?? "";
    const undo = undoNovaPci(hostFacts({ ...bound, nova: { ...bound.nova, files: { [path]: text } } }), desired(a));
    expect(undo.steps.map(({ kind }) => kind)).toEqual(["restoreFile", "restartService"]);
    expect(Object.keys(undo.lines).filter((line) => line.startsWith("device")).length).toBe(2);
  });
});
