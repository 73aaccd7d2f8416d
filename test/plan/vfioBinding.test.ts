import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { planHostReboot } from "../../provider/plan/hostReboot";
import { refused } from "../../provider/plan/plan";
import type { Step } from "../../provider/plan/step";
import { boundDrivers, planVfioBinding, undoVfioBinding } from "../../provider/plan/vfioBinding";
import type { VfioBindingDesired } from "../../provider/plan/vfioBinding";
import { vfioDriverFor } from "../../provider/plan/vfioVariant";
import { hostFacts } from "./factsBuilder";
import type { DeviceOptions } from "./factsBuilder";
import { goldenCases } from "./golden";
import { ModelGpuHost } from "./modelDevices";

describe("golden plans of VfioBinding", () => goldenCases("vfioBinding", planVfioBinding, undoVfioBinding));

/** Two cards of two functions, a NIC that may be in the first one's group, ports above, and a disk that is nobody's business. */
const devices = (shared: boolean, ports: boolean): DeviceOptions[] => [
  { address: "0000:00:01.0", ids: "8086:0001", class: "060400", driver: "pcieport", group: ports ? 10 : 1 },
  { address: "0000:00:1f.2", ids: "8086:2922", class: "010601", driver: "ahci", group: 2 },
  { address: "0000:01:00.0", ids: "10de:20b5:10de:1533", class: "030200", driver: "nvidia", group: 10 },
  { address: "0000:01:00.1", ids: "10de:22bc:10de:1533", class: "040300", driver: "snd_hda_intel", group: 10 },
  { address: "0000:02:00.0", ids: "10de:20b5:10de:1533", class: "030200", driver: "nvidia", group: 11 },
  { address: "0000:02:00.1", ids: "10de:22bc:10de:1533", class: "040300", group: 11 },
  { address: "0000:03:00.0", ids: "8086:10d3:8086:a01f", class: "020000", driver: "e1000e", group: shared ? 10 : 12 },
];
const card = (bus: string): VfioBindingDesired["cards"][number] => ({ address: `0000:${bus}:00.0`, id: "10de:20b5", acknowledge: [] });
const wish: fc.Arbitrary<VfioBindingDesired> = fc.record({
  cards: fc.constantFrom([card("01")], [card("02")], [card("01"), card("02")]), byIds: fc.constantFrom([], [], ["10de:20b5"], ["10de:20b5:10de:1533", "10de:1eb8"]),
  acceptGroupMembers: fc.constantFrom([], [{ address: "0000:03:00.0", becomes: "pci-stub" as const, acknowledge: [] }]),
  driver: fc.constantFrom("vfio-pci", "auto"), now: fc.constantFrom("never" as const, "whenIdle" as const), iommuWillBeOn: fc.boolean(),
});
const host = fc.record({ shared: fc.boolean(), ports: fc.boolean(), trialPossible: fc.boolean(), tool: fc.constantFrom("initramfs-tools" as const, "dracut" as const), busy: fc.boolean() })
  .map(({ shared, ports, trialPossible, tool, busy }) => ({
    devices: devices(shared, ports), trialPossible, initramfs: tool,
    uses: busy ? [{ address: "0000:01:00.1", kind: "process" as const, critical: false, says: "pulseaudio has it open", reason: "process:pulseaudio" }] : [],
  }));

const named = ({ cards, byIds = [], acceptGroupMembers }: VfioBindingDesired): string[] => {
  const all = byIds.length > 0 ? [card("01"), card("02")] : cards;
  return [...all.flatMap((each) => [each.address, each.address.replace(/0$/, "1")]), ...acceptGroupMembers.map((each) => each.address)].sort();
};

function touched(steps: readonly Step[]): string[] {
  return steps.flatMap((step) => (step.kind === "rebind" ? step.functions.map((each) => each.address) : step.kind === "releaseDevice" ? step.addresses : []));
}

function applied(model: ModelGpuHost, wanted: VfioBindingDesired): void {
  const plan = planVfioBinding(model.facts, wanted);
  fc.pre(!refused(plan));
  const lines = Object.keys(plan.lines).flatMap((line) => /^device (\S+)/.exec(line)?.[1] ?? []);
  expect(lines).toEqual(expect.arrayContaining(touched(plan.steps)));
  const bound = plan.steps.flatMap((step) => (step.kind === "rebind" ? step.functions.map((each) => each.address) : []));
  expect(named(wanted)).toEqual(expect.arrayContaining(bound));
  model.carryOut(plan.steps);
}

function rebooted(model: ModelGpuHost, wanted: VfioBindingDesired): void {
  const desired = { arguments: [], absentArguments: [], drivers: boundDrivers(model.facts, wanted), policy: "whenNeeded" as const, guests: {}, deadlineSeconds: 600 };
  model.carryOut(planHostReboot(model.facts, desired).steps.filter((step) => step.kind !== "keepTrialBoot"));
  model.carryOut(planHostReboot(model.facts, desired).steps);
  expect(planHostReboot(model.facts, desired)).toMatchObject({ steps: [], findings: [] });
}

describe("VfioBinding on a model host", () => {
  it("leaves nothing to do, looks the same once it is kept, and binds what was named and nothing else", () => {
    fc.assert(fc.property(host, wish, (options, wanted) => {
      const model = new ModelGpuHost(options);
      const before = model.drivers();
      applied(model, wanted);
      const staged = planVfioBinding(model.facts, wanted);
      expect(staged).toMatchObject({ steps: [], lines: {} });
      rebooted(model, wanted);
      const then = planVfioBinding(model.facts, wanted);
      expect(then.steps).toEqual([]);
      if (wanted.now === "never") expect(then.observed).toBe(staged.observed);
      const changed = Object.entries(model.drivers()).filter(([address, driver]) => before[address] !== driver).map(([address]) => address);
      expect(changed.sort()).toEqual(named(wanted));
      model.boot();
      expect(planVfioBinding(model.facts, wanted)).toMatchObject({ steps: [], observed: then.observed });
    }), { numRuns: 300 });
  });

  it("changes from one wish to another, and is undone to the drivers that were there", () => {
    fc.assert(fc.property(host, wish, wish, fc.constantFrom("staged", "kept", "changed"), (options, first, second, state) => {
      const model = new ModelGpuHost(options);
      const before = model.drivers();
      applied(model, first);
      if (state !== "staged") rebooted(model, first);
      if (state === "changed") applied(model, second);
      const undo = undoVfioBinding(model.facts, second);
      model.carryOut(undo.steps);
      expect(undoVfioBinding(model.facts, second).steps).toEqual([]);
      expect(model.facts.journal.files).toEqual([]);
      model.boot();
      expect(model.drivers()).toEqual(before);
    }), { numRuns: 300 });
  });

  it("shows every function that is taken out on a line of its own, and a boot brings it back to its driver", () => {
    fc.assert(fc.property(host, wish, wish, fc.boolean(), (options, first, second, kept) => {
      const model = new ModelGpuHost(options);
      const before = model.drivers();
      applied(model, first);
      if (kept) rebooted(model, first);
      const plan = planVfioBinding(model.facts, second);
      fc.pre(!refused(plan));
      const out = named(first).filter((address) => !named(second).includes(address));
      const lines = Object.entries(plan.lines).filter(([line, says]) => line.startsWith("device ") && says.includes("no longer bound at boot")).flatMap(([line]) => /^device (\S+)/.exec(line)?.[1] ?? []);
      expect(lines.sort()).toEqual(out);
      const idsOut = (first.byIds ?? []).filter((ids) => !(second.byIds ?? []).includes(ids)).map((ids) => `ids ${ids}`);
      expect(Object.keys(plan.lines)).toEqual(expect.arrayContaining(idsOut));
      model.carryOut(plan.steps);
      expect(planVfioBinding(model.facts, second)).toMatchObject({ steps: [], lines: {} });
      rebooted(model, second);
      model.boot();
      for (const address of out) expect([address, model.drivers()[address]]).toEqual([address, before[address]]);
    }), { numRuns: 200 });
  });

  it("shows a card that a boot took by its ids in the next preview, with its companion, and gives it back too", () => {
    const model = new ModelGpuHost({ devices: devices(false, false).filter((each) => !each.address.startsWith("0000:02")) });
    const wanted: VfioBindingDesired = { cards: [], byIds: ["10de:20b5"], acceptGroupMembers: [], driver: "vfio-pci", now: "never", iommuWillBeOn: false };
    applied(model, wanted);
    rebooted(model, wanted);
    const later = devices(false, false).filter((each) => each.address.startsWith("0000:02"));
    for (const each of later) model.putIn({ ...each, driver: each.driver ?? "snd_hda_intel" });
    model.putIn({ address: "0000:04:00.0", ids: "10de:20b5:10de:1533", class: "030000", bootVga: true, driver: "nouveau", group: 14 });
    model.boot();
    expect(["0000:02:00.0", "0000:02:00.1", "0000:04:00.0"].map((address) => model.drivers()[address])).toEqual(["vfio-pci", "snd_hda_intel", "nouveau"]);
    expect(planVfioBinding(model.facts, wanted).findings).toEqual(expect.arrayContaining([expect.objectContaining({ rule: "boot-display", severity: "refuse", addresses: ["0000:04:00.0"] })]));
    expect(undoVfioBinding(model.facts, wanted).lines).toMatchObject({ "device 0000:02:00.0 (10de:20b5)": "stays on vfio-pci until the next boot, which goes without us" });
    model.carryOut(undoVfioBinding(model.facts, wanted).steps);
    model.boot();
    expect([model.drivers()["0000:01:00.0"], model.drivers()["0000:02:00.0"]]).toEqual(["nvidia", "nvidia"]);
  });

  it("goes back to what worked when the trial hangs", () => {
    const model = new ModelGpuHost({ devices: devices(false, true) });
    const before = model.drivers();
    applied(model, { cards: [card("01")], acceptGroupMembers: [], driver: "vfio-pci", now: "never", iommuWillBeOn: false });
    model.carryOut([{ kind: "armTrialBoot" }]);
    model.boot(true);
    expect(model.drivers()).toEqual(before);
  });

  it("never touches a bridge, whatever is named", () => {
    fc.assert(fc.property(wish, fc.constantFrom("0000:00:01.0", "0000:01:00.0"), (wanted, address) => {
      const facts = hostFacts({ devices: devices(true, true) });
      const plan = planVfioBinding(facts, { ...wanted, now: "whenIdle", cards: [{ address, id: "8086:0001", acknowledge: [] }], acceptGroupMembers: [{ address: "0000:00:01.0", becomes: "vfio-pci", acknowledge: [] }] });
      expect(plan.steps).toEqual([]);
    }));
  });

  it("gives the same text for the same facts", () => {
    fc.assert(fc.property(host, wish, (options, wanted) => {
      expect(planVfioBinding(hostFacts(options), wanted)).toEqual(planVfioBinding(hostFacts(options), wanted));
    }));
  });
});

describe("the driver of a function", () => {
  const vfioAliases = {
    "vfio_pci:v*d*sv*sd*bc*sc*i*": "vfio_pci", "vfio_pci:v000010DEd00002342sv*sd*bc*sc*i*": "nvgrace_gpu_vfio_pci", "vfio_pci:v000015B3d0000101Esv*sd*bc*sc*i*": "mlx5_vfio_pci",
  };
  it.each([
    ["pci:v000010DEd00002342sv000010DEsd000016EBbc03sc02i00", "nvgrace_gpu_vfio_pci"],
    ["pci:v000010DEd000020B5sv000010DEsd00001533bc03sc02i00", "vfio-pci"],
  ])("of %s is %s", (modalias, driver) => {
    const facts = hostFacts({ vfioAliases, devices: [{ address: "0000:01:00.0", ids: "10de:2342", modalias }] });
    expect(facts.pciDevices.map((device) => vfioDriverFor(facts, device))).toEqual([driver]);
  });

  it.each([["vfio-pci", ["warn 0000:01:00.0"]], ["nvgrace-gpu-vfio-pci", []], ["auto", []]])("a GH200 that is to get %s", (driver, found) => {
    const facts = hostFacts({ vfioAliases, devices: [{ address: "0000:01:00.0", ids: "10de:2342", modalias: "pci:v000010DEd00002342sv000010DEsd000016EBbc03sc02i00", group: 1 }] });
    const plan = planVfioBinding(facts, { cards: [{ address: "0000:01:00.0", id: "10de:2342", acknowledge: [] }], acceptGroupMembers: [], driver, now: "never", iommuWillBeOn: false });
    expect(plan.findings.filter(({ rule }) => rule === "variant-driver").map(({ severity, addresses }) => [severity, ...addresses].join(" "))).toEqual(found);
  });
});
