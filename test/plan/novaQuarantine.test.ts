import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { insideReviewed } from "../../provider/plan/inside";
import { novaDropInText } from "../../provider/plan/novaDropIn";
import { planNovaPci } from "../../provider/plan/novaPci";
import { QUARANTINE_PATH, quarantineReason } from "../../provider/plan/novaQuarantine";
import type { NovaPciDesired } from "../../provider/plan/novaWishes";
import { idle, refusals, refused, type Plan } from "../../provider/plan/plan";
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

  /** Each refuses a plan by itself. */
  const refusing: Record<string, (wish: NovaPciDesired, options: FactsOptions) => [NovaPciDesired, FactsOptions]> = {
    kolla: (wish, options) => [wish, { ...options, nova: { ...options.nova, managers: [{ name: "kolla", evidence: "/etc/kolla" }] } }],
    "a file that nobody could read": (wish, options) => [wish, { ...options, nova: { ...options.nova, unreadableFiles: { "/etc/nova/nova.conf": "permission denied" } } }],
    "a tag of a later Nova": (wish, options) => [{ ...wish, deviceSpecs: wish.deviceSpecs.map((spec) => ({ ...spec, oneTimeUse: true })) }, { ...options, nova: { ...options.nova, services: [{ name: "nova-compute", version: "27.0.0" }] } }],
    "a card that is not there": (wish, options) => [{ ...wish, deviceSpecs: [...wish.deviceSpecs, { address: "0000:ff:00.0" }] }, options],
    "a card of a guest that goes from the file": (wish, options) => [wish, { ...options, nova: { ...options.nova, files: { "/etc/nova/nova-compute.conf.d/90-gpuhost.conf": offering(a, b) } }, cloud: { devices: { [a]: { resourceClass: "CUSTOM_PCI_10DE_20B5" }, [b]: { resourceClass: "CUSTOM_PCI_10DE_20B5", usedBy: "3f2a" } } } }],
  };
  const offered: FactsOptions = { ...inPlacement(0), nova: { services: [{ name: "nova-compute", version: "34.0.0" }], files: { "/etc/nova/nova-compute.conf.d/90-gpuhost.conf": offering(a) } } };
  const several = fc.subarray(Object.keys(refusing), { minLength: 1 });
  const withAll = (names: readonly string[], options: FactsOptions): [NovaPciDesired, FactsOptions] =>
    names.reduce<[NovaPciDesired, FactsOptions]>(([wish, of], name) => refusing[name]?.(wish, of) ?? [wish, of], [desired(a), options]);

  it("takes a card from new guests whatever else is refused, and touches nothing else then", () => {
    fc.assert(fc.property(several, (names) => {
      const [wish, options] = withAll(names, offered);
      const bad = planNovaPci(host({ [a]: "nvidia" }, options), wish);
      expect([bad.passes, refused(bad), refusals(bad).length >= names.length]).toEqual(["closes", false, true]);
      expect(bad.cloud?.map(({ kind }) => kind)).toEqual(["reserveInventory"]);
      expect(bad.steps.map((step) => ("path" in step ? step.path : step.kind))).toEqual([QUARANTINE_PATH]);
      const good = planNovaPci(host({ [a]: "vfio-pci" }, options), wish);
      expect([refused(good), idle(good)]).toEqual([true, true]);
    }));
  });

  it("gives a proven card back whatever else is refused, and never one that the refused file would have dropped", () => {
    const held = { ...inPlacement(1), quarantine: [a] };
    fc.assert(fc.property(fc.subarray(["kolla", "a file that nobody could read", "a tag of a later Nova", "a card that is not there"], { minLength: 1 }), (names) => {
      const [wish, options] = withAll(names, { ...offered, ...held });
      const back = planNovaPci(host({ [a]: "vfio-pci" }, options), wish);
      expect([back.passes, back.cloud?.map(({ kind }) => kind), back.steps, back.after]).toEqual(["opens", ["releaseInventory"], [], [{ kind: "restoreFile", path: QUARANTINE_PATH }]]);
      const dropped = planNovaPci(host({ [a]: "vfio-pci" }, options), { ...wish, deviceSpecs: wish.deviceSpecs.map((spec) => (spec.address === a ? { ...spec, address: b } : spec)) });
      expect([refused(dropped), idle(dropped)]).toEqual([true, true]);
    }));
  });

  it("says before a reboot, word for word, what is given back after it", () => {
    const byPlacement = { ...inPlacement(1), quarantine: [a] };
    const byService: FactsOptions = { cloud: { service: { status: "disabled", disabledReason: quarantineReason } }, quarantine: [a] };
    for (const held of [byPlacement, byService]) {
      const [before, after] = ["nvidia", "vfio-pci"].map((driver) => planNovaPci(host({ [a]: driver }, held), desired(a)));
      expect([before && idle(before), before?.later !== undefined, before?.outputs?.["quarantined"]]).toEqual([true, true, [a]]);
      expect(after?.cloud).toHaveLength(1);
      expect(insideReviewed({ ...before?.lines, ...before?.later }, after?.lines ?? {}).moved).toEqual([]);
    }
  });

  it("is the same plan when a reboot did not mend the card but changed what is wrong with it", () => {
    const together: FactsOptions = { devices: [[a, "vfio-pci"], [b, "nvidia"]].map(([address = "", driver = ""]) => ({ address, ids: "10de:20b5", class: "030200", group: 12, driver })) };
    const [before, after] = [{}, together].map((group) => planNovaPci(host({ [a]: "nvidia" }, { ...inPlacement(0), ...group }), desired(a)));
    expect(before?.findings.map(({ says }) => says)).not.toEqual(after?.findings.map(({ says }) => says));
    expect([after?.passes, insideReviewed({ ...before?.lines, ...before?.later }, after?.lines ?? {}).moved]).toEqual(["closes", []]);
  });

  it("is reviewed along with what is done instead where a reboot of the same run proves the card", () => {
    const wide: FactsOptions = { cloud: {}, nova: { services: [{ name: "nova-compute", version: "34.0.0" }], files: { "/etc/nova/nova.conf": '[pci]\ndevice_spec = {"vendor_id":"10de"}\n' } } };
    const [before, after] = ["nvidia", "vfio-pci"].map((driver) => planNovaPci(host({ [a]: driver }, wide), desired(a)));
    expect([before?.passes, before?.cloud?.map(({ kind }) => kind)]).toEqual(["closes", ["disableComputeService"]]);
    expect(after?.steps.map(({ kind }) => kind)).toEqual(["writeFile", "restartService"]);
    expect(insideReviewed({ ...before?.lines, ...before?.later }, after?.lines ?? {}).moved).toEqual([]);
  });
});
