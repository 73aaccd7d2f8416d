import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { JournalledFile } from "../../provider/facts/hostFacts";
import { novaMdevOffer } from "../../provider/facts/nova/mdevOffer";
import { novaMdevOptions } from "../../provider/facts/nova/mdevOptions";
import { parseIni } from "../../provider/facts/oslo/iniFile";
import { sha256 } from "../../provider/plan/hash";
import { insideReviewed } from "../../provider/plan/inside";
import type { MediatedDevicesDesired } from "../../provider/plan/mdevWishes";
import { planMediatedDevices } from "../../provider/plan/mediatedDevices";
import { converged, refused, type Plan } from "../../provider/plan/plan";
import { undoMediatedDevices } from "../../provider/plan/undoMediatedDevices";
import { hostFacts, type FactsOptions } from "./factsBuilder";
import { goldenCases } from "./golden";
import type { MdevDeviceOptions } from "./mdevFacts";

describe("golden plans of MediatedDevices", () => goldenCases("mediatedDevices", planMediatedDevices, undoMediatedDevices));

const path = "/etc/nova/nova-compute.conf.d/90-gpuhost-mdev.conf";
const cards = ["0000:65:00.0", "0000:b3:00.0", "0000:b4:00.0"] as const;
const types = ["nvidia-35", "nvidia-36"] as const;
const uuids = ["4b20d080-1b54-4048-85b3-a6a62d165c01", "4b20d080-1b54-4048-85b3-a6a62d165c02", "4b20d080-1b54-4048-85b3-a6a62d165c03"] as const;
const wish = (of: Partial<MediatedDevicesDesired>): MediatedDevicesDesired => ({ types: [], devices: [], unit: "nova-compute.service", deadlineSeconds: 60, ...of });
const host = (version = "34.0.0"): FactsOptions => ({
  mdev: { parents: { ...Object.fromEntries(cards.map((card) => [card, { "nvidia-35": 16, "nvidia-36": 8 }])), mtty: { "mtty-1": 24, "mtty-2": 12 } } },
  nova: { services: [{ name: "nova-compute", version }] },
});

/** What the agent would leave: files in our journal, devices, Nova's files. */
function after(options: FactsOptions, plan: Plan): FactsOptions {
  const files = new Map((options.journalFiles ?? []).map((file) => [file.path, file]));
  const nova = new Map(Object.entries(options.nova?.files ?? {}));
  let devices: readonly MdevDeviceOptions[] = options.mdev?.devices ?? [];
  for (const step of plan.steps) {
    if (step.kind === "writeFile") {
      const hash = sha256(step.text);
      files.set(step.path, { path: step.path, owner: "MediatedDevices", before: "absent", written: hash, now: hash } satisfies JournalledFile);
      if (step.path === path) nova.set(path, step.text);
    } else if (step.kind === "restoreFile") {
      files.delete(step.path);
      nova.delete(step.path);
    } else if (step.kind === "makeMediatedDevice") {
      devices = [...devices, { uuid: step.uuid, parent: step.parent, type: step.type, ours: true }];
    } else if (step.kind === "removeMediatedDevice") {
      devices = devices.filter(({ uuid }) => uuid !== step.uuid);
    }
  }
  return { ...options, journalFiles: [...files.values()], nova: { ...options.nova, files: Object.fromEntries(nova) }, mdev: { ...options.mdev, devices } };
}

const wishes = fc.record({
  perCard: fc.tuple(...cards.map(() => fc.constantFrom<string | undefined>(undefined, ...types))),
  resourceClass: fc.constantFrom("VGPU", "CUSTOM_BIG"),
  devices: fc.subarray([...uuids]),
  port: fc.constantFrom("mtty-1", "mtty-2"),
}).map(({ perCard, resourceClass, devices, port }): MediatedDevicesDesired => wish({
  types: types.flatMap((type) => {
    const parents = cards.filter((_, at) => perCard[at] === type);
    return parents.length === 0 ? [] : [{ type, parents, ...(resourceClass === "VGPU" ? {} : { resourceClass }) }];
  }),
  devices: devices.map((uuid) => ({ uuid, type: port, parent: "mtty" })),
}));

describe("MediatedDevices", () => {
  it("has nothing left to do after it, whatever was wished before; an undo leaves nothing", () => {
    fc.assert(fc.property(wishes, wishes, (first, second) => {
      // Devices of one UUID cannot change their type under their name.
      const same = wish({ ...second, devices: second.devices.map((device) => ({ ...device, type: first.devices[0]?.type ?? device.type })) });
      let now = host();
      for (const each of [first, same]) {
        const plan = planMediatedDevices(hostFacts(now), each);
        expect(refused(plan)).toBe(false);
        now = after(now, plan);
        expect(converged(planMediatedDevices(hostFacts(now), each))).toBe(true);
      }
      now = after(now, undoMediatedDevices(hostFacts(now), same));
      expect([now.journalFiles, now.mdev?.devices, now.nova?.files]).toEqual([[], [], {}]);
      expect(undoMediatedDevices(hostFacts(now), same).steps).toEqual([]);
    }));
  });

  it("writes what Nova of every release takes for just the parents that are named, or refuses", () => {
    fc.assert(fc.property(wishes, fc.integer({ min: 22, max: 34 }), (desired, major) => {
      const options = host(`${major}.0.0`);
      const plan = planMediatedDevices(hostFacts(options), desired);
      if (refused(plan) || desired.types.length === 0) return;
      const then = hostFacts(after(options, plan));
      const { byParent, others, fault } = novaMdevOffer(novaMdevOptions(then.nova, then.nova.services?.[0] ?? "nova-compute"), { major, certain: true });
      const given = cards.map((card) => byParent.get(card) ?? (others === undefined ? undefined : { type: others, resourceClass: "VGPU" }));
      expect(fault).toBeUndefined();
      expect(given).toEqual(cards.map((card) => {
        const found = desired.types.find(({ parents }) => parents.includes(card));
        return found === undefined ? undefined : { type: found.type, resourceClass: found.resourceClass ?? "VGPU" };
      }));
    }));
  });

  it("never takes away or renames what a guest holds, by a new wish or by an undo", () => {
    fc.assert(fc.property(wishes, wishes, fc.constantFrom<readonly string[] | "?">(["guest instance-1"], "?"), (first, second, holders) => {
      const now = after(host(), planMediatedDevices(hostFacts(host()), first));
      // Nova made one of each card, and guests have all there are.
      const made = first.types.flatMap(({ type, parents }) => parents.map((parent, at) => ({ uuid: `aaaaaaaa-0000-4000-8000-00000000000${at}`, parent, type, holders })));
      const held = { ...now, mdev: { ...now.mdev, devices: [...(now.mdev?.devices ?? []).map((device) => ({ ...device, holders })), ...made] } };
      for (const plan of [planMediatedDevices(hostFacts(held), second), undoMediatedDevices(hostFacts(held), first)]) {
        expect(plan.steps.filter(({ kind }) => kind === "removeMediatedDevice")).toEqual([]);
        for (const step of plan.steps) {
          if (step.kind === "restoreFile") expect(step.path).not.toBe(path);
          if (step.kind !== "writeFile" || step.path !== path) continue;
          for (const { parent, type } of made) expect(parseIni(step.text).assignments.find(({ section, key }) => section === `mdev_${type}` && key === "device_addresses")?.value).toContain(parent);
        }
      }
    }));
  });

  it("says the same again for the same host, and less than was reviewed when part of it is done", () => {
    fc.assert(fc.property(wishes, (desired) => {
      const plan = planMediatedDevices(hostFacts(host()), desired);
      const part = { ...plan, steps: plan.steps.filter(({ kind }) => kind === "makeMediatedDevice") };
      const later = planMediatedDevices(hostFacts(after(host(), part)), desired);
      expect(insideReviewed(plan.lines, later.lines).moved).toEqual([]);
    }));
  });

  it("drifts when a device is gone or Nova's file is another, and not when guests come and go", () => {
    const desired = wish({ types: [{ type: "nvidia-35", parents: [cards[0]] }], devices: [{ uuid: uuids[0], type: "mtty-2", parent: "mtty" }] });
    const done = after(host(), planMediatedDevices(hostFacts(host()), desired));
    const observed = (options: FactsOptions): string => planMediatedDevices(hostFacts(options), desired).observed;
    const guest: MdevDeviceOptions = { uuid: uuids[2], parent: cards[0], type: "nvidia-35", holders: ["guest a"] };
    expect(observed({ ...done, mdev: { ...done.mdev, parents: { ...done.mdev?.parents, [cards[0]]: { "nvidia-35": 15, "nvidia-36": 0 } }, devices: [...(done.mdev?.devices ?? []), guest] } })).toBe(observed(done));
    expect(observed({ ...done, mdev: { ...done.mdev, devices: [] } })).not.toBe(observed(done));
    expect(observed({ ...done, nova: { ...done.nova, files: { [path]: "[devices]\nenabled_mdev_types =\n" } } })).not.toBe(observed(done));
  });

  it("waits for what Placement is to hold, gives traits to providers that are there, and reserves what Nova leaves behind", () => {
    const options: FactsOptions = { ...host(), cloud: {} };
    const desired = wish({ cloud: {}, types: [{ type: "nvidia-35", parents: [cards[0]], traits: ["CUSTOM_T"] }] });
    const plan = planMediatedDevices(hostFacts(options), desired);
    expect(plan.cloud?.find(({ kind }) => kind === "waitForInventory")).toMatchObject({ devices: [{ provider: "host1.example.org_pci_0000_65_00_0", inventory: { resourceClass: "VGPU", total: 16 } }] });
    const facts = hostFacts(after(options, plan));
    const provider = { id: "p", name: "host1.example.org_pci_0000_65_00_0", pciAddress: null, generation: 1, parent: "root-id", inventories: [{ resourceClass: "VGPU", total: 16, reserved: 0, used: 0 }], traits: [], allocations: [] };
    const cloud = facts.cloud?.kind === "value" ? facts.cloud.value : undefined;
    const there = { ...facts, cloud: { kind: "value" as const, value: { ...cloud!, providers: [...(cloud?.providers ?? []), provider] } } };
    expect(planMediatedDevices(there, desired).cloud).toEqual([{ kind: "addTrait", provider: { id: "p", name: provider.name }, trait: "CUSTOM_T" }]);
    expect(undoMediatedDevices(there, desired).cloud).toEqual([{ kind: "reserveInventory", provider: { id: "p", name: provider.name }, resourceClass: "VGPU", before: { total: 16, reserved: 0 } }]);
  });
});
