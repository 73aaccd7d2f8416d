import { expect, it } from "vitest";
import type { HostFacts } from "../../../provider/facts/hostFacts";
import { known } from "../../../provider/facts/reading";
import { planHostReboot } from "../../../provider/plan/hostReboot";
import { converged } from "../../../provider/plan/plan";
import { type VfioBindingDesired, planVfioBinding, undoVfioBinding } from "../../../provider/plan/vfioBinding";
import { ask, configuration } from "./bed";
import type { Subject } from "./suite";

/** VfioBinding on a card alone in its group, while the IOMMU is on: at once, and by a boot that is tried first. */
export function bindingContract(subject: () => Subject): void {
  const wish = (now: VfioBindingDesired["now"]): VfioBindingDesired => {
    const [first] = subject().bed.card;
    const card = { address: first?.address ?? "", id: first?.ids.split(":").slice(0, 2).join(":") ?? "", acknowledge: [] };
    return { cards: [card], acceptGroupMembers: [], driver: "vfio-pci", now, iommuWillBeOn: false };
  };
  const plan = async (now: VfioBindingDesired["now"]) => {
    const made = planVfioBinding(await subject().host.observe(), wish(now));
    expect(made.findings.filter(({ severity }) => severity === "refuse")).toEqual([]);
    return made;
  };
  const drivers = (facts: HostFacts) => subject().bed.card.map(({ address }) => known(facts.pciDevices.find((each) => each.address === address)?.driver ?? { kind: "absent" }) ?? null);
  const onVfio = () => subject().bed.card.map(() => "vfio-pci");
  const asBefore = () => subject().bed.card.map(({ driver }) => driver);

  it("binds an idle card now and at every boot, and gives it back at once", async () => {
    const before = await configuration(subject().bed);
    await subject().done("VfioBinding", await plan("whenIdle"));
    const bound = await subject().host.observe();
    expect(drivers(bound)).toEqual(onVfio());
    expect(converged(planVfioBinding(bound, wish("whenIdle")))).toBe(true);
    const group = known(bound.pciDevices.find(({ address }) => address === subject().bed.card[0]?.address)?.iommuGroup ?? { kind: "absent" });
    expect((await ask(subject().bed, 'ls "$R/dev/vfio"')).split("\n")).toContain(String(group));
    await subject().done("VfioBinding", undoVfioBinding(bound, wish("whenIdle")));
    const released = await subject().host.observe();
    expect(drivers(released)).toEqual(asBefore());
    expect([released.journal.devices, released.journal.files.filter(({ owner }) => owner === "VfioBinding")]).toEqual([[], []]);
    expect(await configuration(subject().bed)).toBe(before);
  }, 600_000);

  it("binds from the initramfs of a trial boot, which is then kept", async () => {
    await subject().done("VfioBinding", await plan("never"));
    const staged = await subject().host.observe();
    expect(drivers(staged)).toEqual(asBefore());
    const reboot = {
      arguments: [], absentArguments: [], drivers: Object.fromEntries(subject().bed.card.map(({ address }) => [address, "vfio-pci"])),
      policy: "whenNeeded", guests: {}, deadlineSeconds: 300,
    } as const;
    await subject().done("HostReboot", { steps: planHostReboot(staged, reboot).steps.slice(0, 2) });
    await subject().host.waitForBoot(known(staged.system.bootId) ?? "", subject().bed.rebootSeconds);
    const tried = await subject().host.observe();
    expect(drivers(tried)).toEqual(onVfio());
    await subject().done("HostReboot", planHostReboot(tried, reboot));
    const kept = await subject().host.observe();
    expect([converged(planHostReboot(kept, reboot)), converged(planVfioBinding(kept, wish("never")))]).toEqual([true, true]);
  }, 900_000);

  it("gives back what a boot bound with the boot after the undo, which never reboots by itself", async () => {
    const bound = await subject().host.observe();
    await subject().done("VfioBinding", undoVfioBinding(bound, wish("never")));
    const undone = await subject().host.observe();
    expect([drivers(undone), undone.system.bootId]).toEqual([onVfio(), bound.system.bootId]);
    const bootId = known(undone.system.bootId) ?? "";
    await subject().done("Contract", { steps: [{ kind: "reboot", reason: "the contract gives the card back", bootId }] });
    await subject().host.waitForBoot(bootId, subject().bed.rebootSeconds);
    expect(drivers(await subject().host.observe())).toEqual(asBefore());
  }, 900_000);
}
