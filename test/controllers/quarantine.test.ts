import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { apply } from "../../provider/controllers/apply";
import type { Aspect } from "../../provider/controllers/aspect";
import type { CloudPort } from "../../provider/controllers/cloudPort";
import { openCloudsWith } from "../../provider/controllers/clouds";
import { fold } from "../../provider/controllers/fold";
import { gpuReady } from "../../provider/controllers/gpuReady";
import { novaPci } from "../../provider/controllers/novaPci";
import { propose } from "../../provider/controllers/proposal";
import type { Inputs, Outputs } from "../../provider/controllers/record";
import type { HostFacts } from "../../provider/facts/hostFacts";
import type { Host } from "../../provider/host/host";
import { planIommuVerification } from "../../provider/plan/iommuVerification";
import { novaDropInText } from "../../provider/plan/novaDropIn";
import { QUARANTINE_PATH } from "../../provider/plan/novaQuarantine";
import type { NovaPciDesired } from "../../provider/plan/novaWishes";
import { cloudFacts, hostFacts, type FactsOptions } from "../plan/factsBuilder";

const address = "0000:65:00.0";
const path = "/etc/nova/nova-compute.conf.d/90-gpuhost.conf";
const desired: NovaPciDesired = {
  cloud: {}, deviceSpecs: [{ address }], aliases: [], unit: "nova-compute.service", deadlineSeconds: 60,
  verification: { cards: [{ address, id: "10de:20b5" }], trustLevel: "single-tenant", acknowledgedUses: [] },
};
const kolla: FactsOptions["nova"] = { managers: [{ name: "kolla", evidence: "/etc/kolla" }] };

/** One host and its cloud, as far as steps of a quarantine change them: the flow is what is shown here, not what a step does. */
class Model {
  driver = "vfio-pci";
  reserved = 0;
  traits = ["CUSTOM_GPU_READY"];
  quarantine: string[] = [];
  file = novaDropInText([{ section: "pci", key: "device_spec", value: JSON.stringify({ vendor_id: "10de", product_id: "20b5", address }) }]);
  nova: FactsOptions["nova"] = {};
  readonly done: string[] = [];

  get cloudOptions(): NonNullable<FactsOptions["cloud"]> {
    return { traits: this.traits, devices: { [address]: { resourceClass: "CUSTOM_PCI_10DE_20B5", reserved: this.reserved } } };
  }
  get facts(): HostFacts {
    return hostFacts({
      running: "ro intel_iommu=on", iommu: "active", vfioNodes: ["12"], devices: [{ address, ids: "10de:20b5", class: "030200", group: 12, driver: this.driver }],
      quarantine: this.quarantine, cloud: this.cloudOptions, nova: { services: [{ name: "nova-compute", version: "34.0.0" }], files: { [path]: this.file }, ...this.nova },
    });
  }
  readonly host = {
    name: "hv1", observe: () => Promise.resolve(this.facts),
    apply: ({ steps }: Parameters<Host["apply"]>[0]) => {
      for (const step of steps) {
        this.done.push(step.kind);
        if ("path" in step && step.path === QUARANTINE_PATH) this.quarantine = step.kind === "writeFile" ? [address] : [];
        if (step.kind === "writeFile" && step.path === path) this.file = step.text;
      }
      return Promise.resolve({ state: "done", says: "", steps: [] });
    },
  } as unknown as Host;
  readonly cloud = {
    observe: () => Promise.resolve(cloudFacts(this.cloudOptions as Exclude<FactsOptions["cloud"], string | undefined>)),
    carryOut: (steps: readonly { readonly kind: string }[]) => {
      for (const { kind } of steps) {
        this.done.push(kind);
        if (kind === "reserveInventory") this.reserved = 1;
        if (kind === "releaseInventory") this.reserved = 0;
        if (kind === "removeTrait") this.traits = [];
      }
      return Promise.resolve();
    },
  } as CloudPort;

  /** What a preview proposes now, as the engine hands it on. */
  inputs(more: Partial<Inputs> = {}, aspect = novaPci as Aspect<unknown>, wish: unknown = desired): Inputs {
    const { plan, onDelete, ...rest } = propose(aspect, this.facts, wish);
    return { connection: { host: "hv1" }, ...rest, plan: fold(plan), onDelete: fold(onDelete), ...more } as unknown as Inputs;
  }
  up(inputs: Inputs, aspect = novaPci as Aspect<unknown>, wish: unknown = desired): Promise<Outputs> {
    return apply(aspect, wish, inputs, {}, () => Promise.resolve(this.host));
  }
}

describe("a quarantine", () => {
  let model: Model;
  beforeEach(() => {
    vi.spyOn(console, "log").mockReturnValue();
    model = new Model();
    openCloudsWith(() => Promise.resolve(model.cloud));
  });
  afterEach(() => { vi.restoreAllMocks(); });

  it("is carried out beside what is refused; both are in the plan and in how it ended", async () => {
    [model.driver, model.nova] = ["nvidia", kolla];
    const proposal = propose(novaPci, model.facts, desired);
    expect([proposal.proposal, proposal.warnings.some((one) => one.startsWith("refused, and stays as it is (foreign-manager): kolla"))]).toEqual(["planned", true]);
    expect(proposal.plan).toMatchObject({ [`quarantine of ${address}`]: expect.stringMatching(/^quarantined/) as string, "all else, host": expect.stringMatching(/^refused \(foreign-manager\)/) as string });
    const ended = await model.up(model.inputs());
    expect(model.done).toEqual(["writeFile", "reserveInventory"]);
    expect(ended).toMatchObject({ status: "refused", touched: true, quarantined: [address], says: expect.stringMatching(/^done as planned: .*quarantined.* Nothing else was touched, because the rest is refused: .*kolla/) as string });
    // The next preview has nothing to do, and says what is refused.
    expect(model.inputs()).toMatchObject({ proposal: "refused" });
  });

  it("that a reboot of the same run made needless leaves what is refused refused", async () => {
    [model.driver, model.nova] = ["nvidia", kolla];
    const reviewed = model.inputs();
    model.driver = "vfio-pci";
    const ended = await model.up(reviewed);
    expect([model.done, ended.status]).toEqual([[], "refused"]);
    model.nova = { managers: [{ name: "juju", evidence: "/var/lib/juju" }] };
    expect((await model.up(reviewed)).status).toBe("stopped");
  });

  it("is carried out where a resource before it did not get through, and nothing else is", async () => {
    const gate = { gate: ["IommuVerification: skipped"] };
    model.driver = "nvidia";
    expect(await model.up(model.inputs(gate))).toMatchObject({ status: "not-ready", quarantined: [address] });
    expect(model.done).toEqual(["writeFile", "reserveInventory"]);
    model.driver = "vfio-pci";
    expect(await model.up(model.inputs(gate))).toMatchObject({ status: "skipped" });
    expect(model.done).toHaveLength(2);
    const mark = { cloud: {}, trait: "CUSTOM_GPU_READY", computeService: "leave", verification: desired.verification };
    const ready = gpuReady as Aspect<unknown>;
    model.driver = "nvidia";
    expect(await model.up(model.inputs({ gate: ["NovaPci: refused"], proof: { ready: false, fingerprint: "" } }, ready, mark), ready, mark)).toMatchObject({ status: "not-ready", marked: false });
    expect(model.traits).toEqual([]);
  });

  it("passes a resource before it that waits for its turn, and nothing that is planned does", async () => {
    const gate = { gate: ["VfioBinding: waiting"] };
    model.driver = "nvidia";
    expect(await model.up(model.inputs(gate))).toMatchObject({ status: "not-ready", quarantined: [address] });
    model.driver = "vfio-pci";
    expect(await model.up(model.inputs(gate))).toMatchObject({ status: "skipped", says: "skipped, nothing was touched: VfioBinding: waiting" });
    expect(model.done).toEqual(["writeFile", "reserveInventory"]);
    model.quarantine = [];
    model.reserved = 0;
    expect(await model.up(model.inputs(gate))).toMatchObject({ proposal: "converged", status: "applied" });
  });

  it("that lasts is told by every run, which touches nothing, and is lifted by the run that mends the card", async () => {
    [model.driver, model.reserved, model.quarantine] = ["nvidia", 1, [address]];
    const reviewed = model.inputs();
    expect(reviewed).toMatchObject({ proposal: "planned" });
    expect(await model.up(reviewed)).toMatchObject({ status: "not-ready", quarantined: [address], says: expect.stringContaining("lifted once a fresh read proves 0000:65:00.0") as string });
    expect(model.done).toEqual([]);
    model.driver = "vfio-pci";
    expect(await model.up(reviewed)).toMatchObject({ status: "applied", quarantined: [] });
    expect([model.done, model.quarantine, model.reserved]).toEqual([["releaseInventory", "restoreFile"], [], 0]);
  });

  it("leaves the rest of the plan to the next run, which is no failure", async () => {
    model.driver = "nvidia";
    const wish: NovaPciDesired = { ...desired, aliases: [{ name: "gpu", vendorId: "10de", productId: "20b5" }] };
    const { ready, fingerprint } = planIommuVerification(model.facts, desired.verification).outputs as { ready: boolean; fingerprint: string };
    const inputs = model.inputs({ proof: { ready, fingerprint } }, novaPci as Aspect<unknown>, wish);
    expect(await model.up(inputs, novaPci as Aspect<unknown>, wish)).toMatchObject({ status: "not-ready", says: expect.stringMatching(/Run again for the rest: .*alias gpu/) as string });
    expect(model.file).not.toContain("alias");
    const next = model.inputs({ proof: { ready, fingerprint } }, novaPci as Aspect<unknown>, wish);
    expect(await model.up(next, novaPci as Aspect<unknown>, wish)).toMatchObject({ status: "not-ready", quarantined: [address] });
    expect(model.file).toContain("alias");
  });
});
