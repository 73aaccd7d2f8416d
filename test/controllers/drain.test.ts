import { afterEach, describe, expect, it, vi } from "vitest";
import type { CloudPort } from "../../provider/controllers/cloudPort";
import { openCloudsWith } from "../../provider/controllers/clouds";
import { hostReboot } from "../../provider/controllers/hostReboot";
import { CloudUnreachableError } from "../../provider/errors";
import type { HostFacts } from "../../provider/facts/hostFacts";
import { known, value } from "../../provider/facts/reading";
import type { Host } from "../../provider/host/host";
import type { CloudStep } from "../../provider/plan/cloudStep";
import { drainReason } from "../../provider/plan/drain";
import { planHostReboot, type HostRebootDesired } from "../../provider/plan/hostReboot";
import { cloudFacts, hostFacts, type CloudOptions } from "../plan/factsBuilder";

const address = "0000:65:00.0";
const desired: HostRebootDesired = {
  arguments: [], absentArguments: [], drivers: { [address]: "vfio-pci" }, policy: "whenNeeded", guests: {}, deadlineSeconds: 10,
  drain: { cloud: {}, instances: { told: "stops" }, deadlineSeconds: 10 },
};
const on = (driver: string, bootId: string) => hostFacts({ bootId, devices: [{ address, ids: "10de:20b5", class: "030200", group: 12, driver }] });
const server = (id: string) => ({ id, name: id });

/** What is done to host and cloud in a run that drains and reboots; `after` is what the cloud says from the drain on. */
async function reboot(after: CloudOptions | Error): Promise<{ readonly done: string[]; readonly error: unknown }> {
  const done: string[] = [];
  let now = on("nouveau", "boot-1");
  const observe = () => (after instanceof Error ? Promise.reject(after) : Promise.resolve(cloudFacts(after)));
  openCloudsWith(() => Promise.resolve({ observe } as unknown as CloudPort));
  const cloud = { carryOut: (steps: readonly CloudStep[]) => { done.push(...steps.map(({ kind }) => kind)); return Promise.resolve(); } } as unknown as CloudPort;
  const host = {
    name: "hv1", observe: () => Promise.resolve(now),
    apply: () => { done.push("reboot"); return Promise.resolve({ state: "done", says: "", steps: [] }); },
    waitForBoot: () => { now = on("vfio-pci", "boot-2"); return Promise.resolve(); },
  } as unknown as Host;
  const facts: HostFacts = { ...now, cloud: value(cloudFacts({ servers: [server("told")] })) };
  expect(known(facts.system.bootId)).toBe("boot-1");
  const error = await hostReboot.apply?.(host, facts, planHostReboot(facts, desired), desired, () => undefined, cloud).then(() => undefined, (cause: unknown) => cause);
  return { done, error };
}

describe("a drain", () => {
  afterEach(() => { vi.restoreAllMocks(); });

  it("ends with the service enabled again", async () => {
    const { done, error } = await reboot({ servers: [{ ...server("told"), status: "SHUTOFF" }], service: { status: "disabled", disabledReason: drainReason } });
    expect([done, error]).toEqual([["disableComputeService", "stopServer", "reboot", "waitForComputeService", "enableComputeService"], undefined]);
  });

  it("reboots nothing over a server that came while it was planned", async () => {
    const { done, error } = await reboot({ servers: [{ ...server("told"), status: "SHUTOFF" }, server("late")] });
    expect(done).toEqual(["disableComputeService", "stopServer"]);
    expect(String(error)).toMatch(/not rebooted.*Server late .*stays disabled/);
  });

  it("reboots nothing where the cloud does not say whether it is drained", async () => {
    const { done, error } = await reboot(new CloudUnreachableError("cloud-silent", "Keystone does not answer."));
    expect(done).toEqual(["disableComputeService", "stopServer"]);
    expect(String(error)).toMatch(/not rebooted.*Keystone does not answer/);
  });

  it("enables the service again also where the cloud cannot be read right after the boot", async () => {
    let reads = 0;
    const drained = cloudFacts({ servers: [], service: { status: "disabled", disabledReason: drainReason } });
    const done: string[] = [];
    let now = on("nouveau", "boot-1");
    openCloudsWith(() => Promise.resolve({ observe: () => (++reads === 1 ? Promise.resolve(drained) : Promise.reject(new CloudUnreachableError("cloud-silent", "Keystone does not answer."))) } as unknown as CloudPort));
    const cloud = { carryOut: (steps: readonly CloudStep[]) => { done.push(...steps.map(({ kind }) => kind)); return Promise.resolve(); } } as unknown as CloudPort;
    const host = { name: "hv1", observe: () => Promise.resolve(now), apply: () => Promise.resolve({ state: "done", says: "", steps: [] }), waitForBoot: () => { now = on("vfio-pci", "boot-2"); return Promise.resolve(); } } as unknown as Host;
    const facts: HostFacts = { ...now, cloud: value(cloudFacts({})) };
    await hostReboot.apply?.(host, facts, planHostReboot(facts, desired), desired, () => undefined, cloud);
    expect(done).toEqual(["disableComputeService", "enableComputeService"]);
  });
});
