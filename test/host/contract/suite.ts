import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { IdentityError, LockedError } from "../../../provider/errors";
import { printArgument } from "../../../provider/facts/commandLine";
import type { HostFacts } from "../../../provider/facts/hostFacts";
import { known, value } from "../../../provider/facts/reading";
import type { Host, Outcome } from "../../../provider/host/host";
import { planHostReboot } from "../../../provider/plan/hostReboot";
import { planKernelArguments } from "../../../provider/plan/kernelArguments";
import { converged, type Plan } from "../../../provider/plan/plan";
import type { Step } from "../../../provider/plan/step";
import { undoKernelArguments } from "../../../provider/plan/undoKernelArguments";
import { type ContractBed, ask, configuration } from "./bed";
import { appArmorContract } from "./apparmor";
import { bindingContract } from "./binding";

const wanted = { shouldExist: ["intel_iommu=on", "iommu=pt"], shouldNotExist: ["intel_iommu=off"] };

/** A host under test: one client, and what every test does with it. */
export class Subject {
  constructor(readonly bed: ContractBed, readonly host: Host) {}

  /** Carries out a plan that has to succeed. */
  async done(owner: string, plan: Pick<Plan, "steps">): Promise<Outcome> {
    const outcome = await this.steps(owner, plan.steps);
    if (outcome.state !== "done") throw new Error(`${owner}: ${outcome.state}: ${outcome.says}`);
    return outcome;
  }

  async steps(owner: string, steps: readonly Step[], identity?: HostFacts["identity"]): Promise<Outcome> {
    return this.host.apply({ owner, who: "contract@suite", identity: identity ?? (await this.host.observe()).identity, steps });
  }
}

/** What every kind of host must do alike: the simulated one in the fast tests, the real kernel in the VM lab. `more`: what this host has beyond. */
export function contractSuite(name: string, makeBed: () => Promise<ContractBed>, more: (subject: () => Subject) => void = () => undefined): void {
  describe(`contract of a host: ${name}`, () => {
    let bed: ContractBed;
    let subject: Subject;
    let before: string;
    beforeAll(async () => {
      bed = await makeBed();
      subject = new Subject(bed, await bed.open());
      before = await configuration(bed);
    }, 300_000);
    afterAll(async () => {
      await subject?.host.close();
      await bed?.close();
    }, 60_000);

    readingContract(() => subject);
    guardContract(() => subject);
    bootContract(() => subject);
    bindingContract(() => subject);
    appArmorContract(() => subject);
    more(() => subject);

    it("is byte for byte as it was once everything is undone", async () => {
      const undo = undoKernelArguments(await subject.host.observe(), wanted);
      await subject.done("KernelArguments", undo);
      expect(await configuration(bed)).toBe(before);
      const { journal } = await subject.host.observe();
      expect([journal.files, journal.devices, known(journal.trial)]).toEqual([[], [], undefined]);
    }, 300_000);
  });
}

function readingContract(subject: () => Subject): void {
  it("reads what the machine itself says", async () => {
    const facts = await subject().host.observe();
    const { bed } = subject();
    expect(known(facts.identity.machineId)).toBe(await ask(bed, 'cat "$R/etc/machine-id"'));
    expect(known(facts.identity.hostKey)).toMatch(/^SHA256:/);
    expect((known(facts.kernelCommandLine.running) ?? []).map(printArgument).join(" ")).toBe((await ask(bed, 'cat "$R/proc/cmdline"')).replace(/\s+/g, " "));
    expect(facts.iommu.state).toBe("inactive");
    for (const { address, driver } of bed.card) {
      expect(known(facts.pciDevices.find((each) => each.address === address)?.driver ?? { kind: "absent" }) ?? null).toBe(driver);
    }
  }, 120_000);
}

function guardContract(subject: () => Subject): void {
  const step: Step = { kind: "writeFile", path: "/etc/default/grub.d/zz-contract.cfg", text: "# contract\n", mode: "0644", before: "absent" };
  const there = () => ask(subject().bed, 'ls "$R/etc/default/grub.d" 2>/dev/null; true');

  it("stops at another machine's identity before anything is touched", async () => {
    const { identity } = await subject().host.observe();
    const other = { ...identity, dmiUuid: value("00000000-1111-4222-8333-444444444444") };
    await expect(subject().steps("Contract", [step], other)).rejects.toBeInstanceOf(IdentityError);
    expect(await there()).not.toContain("zz-contract.cfg");
  }, 120_000);

  it("stops while somebody else holds the lock, naming who; a holder that is gone holds nothing", async () => {
    const holder = ask(subject().bed, [
      'lock=$R/var/lib/gpuhost/lock; mkdir -p "$lock"', 'cat "$R/proc/sys/kernel/random/boot_id" > "$lock/boot_id"',
      'echo "alice@elsewhere since noon" > "$lock/owner"', 'echo $$ > "$lock/pid"',
      'while [ ! -e "$R/tmp/let-go" ]; do sleep 0.2; done; rm "$R/tmp/let-go"',
    ].join("\n"));
    await expect.poll(() => ask(subject().bed, 'cat "$R/var/lib/gpuhost/lock/pid" 2>/dev/null || true'), { timeout: 20_000 }).not.toBe("");
    const refused = subject().steps("Contract", [step]);
    await expect(refused).rejects.toBeInstanceOf(LockedError);
    await expect(refused).rejects.toThrow("alice@elsewhere");
    expect(await there()).not.toContain("zz-contract.cfg");
    await ask(subject().bed, 'touch "$R/tmp/let-go"');
    await holder;
    expect(await subject().steps("Contract", [step])).toMatchObject({ state: "done", steps: [{ kind: "writeFile", state: "done" }] });
    expect(await there()).toContain("zz-contract.cfg");
  }, 120_000);

  it("undoes all of a transaction whose last step fails", async () => {
    const second: Step = { ...step, path: "/etc/default/grub.d/zz-contract-2.cfg" };
    const moved: Step = { ...second, path: "/etc/default/grub", text: "", before: "0".repeat(64) };
    const outcome = await subject().steps("Contract", [second, moved]);
    expect(outcome).toMatchObject({ state: "failed", steps: [{ state: "undone" }, { state: "failed" }] });
    expect(await there()).not.toContain("zz-contract-2.cfg");
  }, 120_000);

  it("restores a file it wrote to what was there before", async () => {
    expect(await subject().steps("Contract", [{ kind: "restoreFile", path: step.path }])).toMatchObject({ state: "done" });
    expect(await there()).not.toContain("zz-contract.cfg");
    expect((await subject().host.observe()).journal.files).toEqual([]);
  }, 120_000);
}

function bootContract(subject: () => Subject): void {
  const reboot = { arguments: wanted.shouldExist, absentArguments: wanted.shouldNotExist, drivers: {}, policy: "whenNeeded", guests: {}, deadlineSeconds: 300 } as const;
  const stage = async () => {
    const plan = planKernelArguments(await subject().host.observe(), wanted);
    expect(plan.findings.filter(({ severity }) => severity === "refuse")).toEqual([]);
    await subject().done("KernelArguments", plan);
  };

  it("stages arguments in an extra entry, leaves the default ones alone, and takes it all back", async () => {
    const first = await subject().host.observe();
    const before = await configuration(subject().bed);
    await stage();
    const staged = await subject().host.observe();
    expect(planKernelArguments(staged, wanted).steps).toEqual([]);
    expect(known(staged.journal.trial)).toMatchObject({ state: "staged", of: ["arguments"] });
    expect(staged.kernelCommandLine.nextBoot).toEqual(first.kernelCommandLine.nextBoot);
    await subject().done("KernelArguments", undoKernelArguments(staged, wanted));
    expect(await configuration(subject().bed)).toBe(before);
  }, 300_000);

  it("boots what is on trial once, then keeps it", async () => {
    await stage();
    const facts = await subject().host.observe();
    const steps = planHostReboot(facts, reboot).steps;
    expect(steps.map(({ kind }) => kind)).toEqual(["armTrialBoot", "reboot", "keepTrialBoot"]);
    await subject().done("HostReboot", { steps: steps.slice(0, 2) });
    await subject().host.waitForBoot(known(facts.system.bootId) ?? "", subject().bed.rebootSeconds);
    const tried = await subject().host.observe();
    expect(tried.iommu.state).toBe("active");
    // Not kept yet: a power cycle now would bring back what ran before.
    expect(tried.kernelCommandLine.nextBoot).toEqual(facts.kernelCommandLine.nextBoot);
    const keep = planHostReboot(tried, reboot);
    expect(keep.steps.map(({ kind }) => kind)).toEqual(["keepTrialBoot"]);
    await subject().done("HostReboot", keep);
    const kept = await subject().host.observe();
    expect((known(kept.kernelCommandLine.nextBoot) ?? []).map(printArgument)).toEqual(expect.arrayContaining(wanted.shouldExist));
    expect([converged(planHostReboot(kept, reboot)), converged(planKernelArguments(kept, wanted))]).toEqual([true, true]);
  }, 600_000);
}
