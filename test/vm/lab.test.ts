import { afterEach, describe, expect, it } from "vitest";
import { startLabHost, topologies } from "../beds/vm/lab";
import type { LabHost, TopologyName } from "../beds/vm/lab";

let host: LabHost | undefined;

afterEach(async () => {
  await host?.stop();
  host = undefined;
});

const minutes = 60_000;

describe("a host of the lab", () => {
  it("goes on from its saved state with the IOMMU off by argument and no groups", { timeout: 10 * minutes }, async () => {
    host = await startLabHost();
    expect(await host.groups()).toEqual(new Map());
    expect(await host.read("cat /proc/cmdline")).toMatch(/ intel_iommu=off$/);
    expect(await host.read("id -un; sudo -n id -un", { user: "ops" })).toBe("ops\nroot");
    expect((await host.ssh("sudo -n true", { user: "opspw" })).code).toBe(1);
    expect(await host.read("sudo -S -p '' id -un", { user: "opspw", input: "lab-sudo\n" })).toBe("root");
    expect(await host.read("test -w /boot/grub/grubenv && cat /sys/module/apparmor/parameters/enabled")).toBe("Y");
    expect(Math.abs(Number(await host.read("date +%s")) - Date.now() / 1000)).toBeLessThan(60);
  });
});

async function bindToVfio(to: LabHost, address: string): Promise<void> {
  const device = `/sys/bus/pci/devices/${address}`;
  await to.read(`modprobe vfio-pci; echo vfio-pci >${device}/driver_override
    if [ -e ${device}/driver ]; then echo ${address} >${device}/driver/unbind; fi; echo ${address} >/sys/bus/pci/drivers_probe`);
}

async function expectGroups(of: LabHost, name: TopologyName): Promise<void> {
  const groups = [...(await of.groups()).values()];
  for (const [card, expected] of Object.entries(topologies[name].cards)) {
    expect(groups.find((members) => members.includes(expected.functions[0]!)), card).toEqual(expected.group);
  }
}

/** What the kernel itself says, from the group's ioctl, of the group of a device. */
function vfioGroup(of: LabHost, address: string, more = ""): Promise<string> {
  return of.read(`vfio-group "$(basename "$(readlink /sys/bus/pci/devices/${address}/iommu_group)")" ${more} || true`);
}

describe("a topology with the IOMMU on", () => {
  it("basic: has the groups it says, and a card alone in its group can be opened", { timeout: 10 * minutes }, async () => {
    host = await startLabHost({ topology: "basic", iommu: "on" });
    await expectGroups(host, "basic");
    const [display, audio] = topologies.basic.cards["first"]!.functions as [string, string];
    await bindToVfio(host, display);
    await bindToVfio(host, audio);
    expect(await vfioGroup(host, display, display)).toBe("viable=1\ndevice=1234:1111");
  });

  it("hazards: has the groups it says, and a card beside the boot disk is not viable", { timeout: 10 * minutes }, async () => {
    host = await startLabHost({ topology: "hazards", iommu: "on" });
    await expectGroups(host, "hazards");
    const [card] = topologies.hazards.cards["besideDisk"]!.functions as [string];
    await bindToVfio(host, card);
    expect(await vfioGroup(host, card)).toBe("viable=0");
    expect(await host.read("cat /sys/bus/pci/devices/0000:0d:00.0/boot_vga")).toBe("1");
  });
});

describe("harm done to a host", () => {
  it("a cut of the power is followed by a boot through GRUB, a rescue boot goes round it", { timeout: 15 * minutes }, async () => {
    host = await startLabHost({ cache: "writeback" });
    const before = await host.bootId();
    await host.read("echo kept >/etc/kept && sync");
    await host.powerCut();
    expect(await host.rescueBoot("cat /etc/kept && sed -i s/intel_iommu=off/intel_iommu=on/ /etc/default/grub && update-grub")).toContain("kept");
    await expect(host.rescueBoot("false")).rejects.toThrow(/rescue commands failed/);
    await host.startAgain();
    expect(await host.waitForSsh(300)).not.toBe(before);
    expect(await host.read("cat /proc/cmdline")).toMatch(/ intel_iommu=on$/);
  });
});
