import { describe, expect, it } from "vitest";
import type { CloudPort } from "../../provider/controllers/cloudPort";
import { mediatedDevices } from "../../provider/controllers/mediatedDevices";
import { CloudConflictError } from "../../provider/errors";
import { known } from "../../provider/facts/reading";
import type { Host } from "../../provider/host/host";
import type { MediatedDevicesDesired } from "../../provider/plan/mdevWishes";
import { planMediatedDevices } from "../../provider/plan/mediatedDevices";
import { hostFacts } from "../plan/factsBuilder";

const address = "0000:65:00.0";
const desired: MediatedDevicesDesired = { types: [{ type: "nvidia-35", parents: [address], traits: ["CUSTOM_T"] }], devices: [], cloud: {}, unit: "nova-compute.service", deadlineSeconds: 60 };
const facts = hostFacts({ cloud: {}, mdev: { parents: { [address]: { "nvidia-35": 16 } } }, nova: { services: [{ name: "nova-compute", version: "34.0.0" }] } });
const seen = known(facts.cloud!)!;
/** Nova makes it once it runs with the drop-in. */
const provider = { id: "p", name: "host1.example.org_pci_0000_65_00_0", pciAddress: null, generation: 1, parent: "root-id", inventories: [{ resourceClass: "VGPU", total: 16, reserved: 0, used: 0 }], traits: [], allocations: [] };

/** What is done, one step a line; a transaction ends with "|". `restarts`: outcomes of the restarts, one after the other. */
async function run(restarts: ("done" | "failed")[], inventory: "comes" | "never"): Promise<{ done: string[]; error: string | undefined }> {
  const done: string[] = [];
  const host = {
    name: "hv1", observe: () => Promise.resolve(facts),
    apply: ({ steps }: Parameters<Host["apply"]>[0]) => {
      done.push(...steps.map((step) => ("path" in step ? `${step.kind} ${step.path.split("/").at(-1) ?? ""}` : step.kind)), "|");
      const state = steps.some(({ kind }) => kind === "restartService") ? restarts.shift() : "done";
      return Promise.resolve({ state, says: state === "failed" ? "it ended" : "", steps: [{ kind: "restartService", state: "done", says: "restarted" }] });
    },
  } as unknown as Host;
  const cloud: CloudPort = {
    observe: () => Promise.resolve({ ...seen, providers: [...seen.providers, provider] }),
    carryOut: (steps) => {
      done.push(...steps.map(({ kind }) => kind));
      return inventory === "never" ? Promise.reject(new CloudConflictError("x", "Placement does not show it.")) : Promise.resolve();
    },
  };
  const error = await mediatedDevices.apply?.(host, facts, planMediatedDevices(facts, desired), desired, () => undefined, cloud).then(() => undefined, (cause: Error) => cause.message);
  return { done, error };
}

describe("types for Nova", () => {
  it("are written, waited for, and only then given their traits: Nova makes the provider that has them", async () => {
    const { done, error } = await run(["done"], "comes");
    expect(error).toBeUndefined();
    expect(done).toEqual(["writeFile 90-gpuhost-mdev.conf", "restartService", "|", "waitForComputeService", "waitForInventory", "addTrait"]);
  });

  it("are put back where Placement never shows them, each in a transaction of its own so that the old file stays", async () => {
    const back = ["writeFile 90-gpuhost-mdev.conf", "restartService", "|", "waitForComputeService", "waitForInventory", "restoreFile 90-gpuhost-mdev.conf", "|", "restartService", "|"];
    const well = await run(["done", "done"], "never");
    expect([well.done, well.error]).toEqual([back, expect.stringContaining("hv1: Placement does not show it. What was written for Nova was put back as it was: restarted.")]);
    const ill = await run(["done", "failed"], "never");
    expect([ill.done, ill.error]).toEqual([back, expect.stringContaining("Nova does not run with it either, so this is not all that is wrong: it ended")]);
  });
});
