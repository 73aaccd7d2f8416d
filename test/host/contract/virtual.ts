import { expect, it } from "vitest";
import { known } from "../../../provider/facts/reading";
import { converged } from "../../../provider/plan/plan";
import { planVirtualFunctions, undoVirtualFunctions, type VirtualFunctionsDesired } from "../../../provider/plan/virtualFunctions";
import { ask, configuration, type CardFunction } from "./bed";
import type { Subject } from "./suite";

/** Virtual functions of a card that can have two at least and has none, while the IOMMU is on. */
export function virtualContract(subject: () => Subject, physical: () => CardFunction): void {
  const wish = (count: number, driver = "vfio-pci"): VirtualFunctionsDesired =>
    ({ physicalFunctions: [{ address: physical().address, id: physical().ids, count, driver, acknowledge: [] }], when: "now" });
  /** Number as the machine itself says, and the driver of each. */
  const there = () => ask(subject().bed, `cd "$R/sys/bus/pci/devices/${physical().address}"; cat sriov_numvfs; for vf in virtfn*; do [ ! -e "$vf" ] || basename "$(readlink "$vf/driver")"; done`);

  it("makes virtual functions on the driver that was asked for, proves them, changes their number, and takes them back", async () => {
    const before = await configuration(subject().bed);
    await subject().done("VirtualFunctions", planVirtualFunctions(await subject().host.observe(), wish(2)));
    expect(await there()).toBe("2\nvfio-pci\nvfio-pci");
    const made = await subject().host.observe();
    const plan = planVirtualFunctions(made, wish(2));
    expect([converged(plan), plan.outputs?.["alone"]]).toEqual([true, true]);
    await subject().done("VirtualFunctions", planVirtualFunctions(made, wish(1, "none")));
    expect(await there()).toBe("1");
    await subject().done("VirtualFunctions", undoVirtualFunctions(await subject().host.observe(), wish(1)));
    const gone = await subject().host.observe();
    expect([await there(), gone.journal.virtual, known(gone.pciDevices.find(({ address }) => address === physical().address)?.driver ?? { kind: "absent" })]).toEqual(["0", undefined, physical().driver]);
    expect(await configuration(subject().bed)).toBe(before);
  }, 300_000);

  it("puts the number back when a later step fails, and touches nothing where it is another one", async () => {
    const step = { kind: "setVirtualFunctions", address: physical().address, ids: physical().ids, physicalDriver: physical().driver ?? "", from: 0, to: 2, by: "kernel", driver: "vfio-pci", deadlineSeconds: 60 } as const;
    const moved = { kind: "writeFile", path: "/etc/default/grub", text: "", mode: "0644", before: "0".repeat(64) } as const;
    expect(await subject().steps("VirtualFunctions", [step, moved])).toMatchObject({ state: "failed", steps: [{ state: "undone" }, { state: "failed" }] });
    expect(await subject().steps("VirtualFunctions", [{ ...step, from: 1 }])).toMatchObject({ state: "failed", steps: [{ state: "failed" }] });
    expect([await there(), (await subject().host.observe()).journal.virtual]).toEqual(["0", undefined]);
  }, 300_000);
}
