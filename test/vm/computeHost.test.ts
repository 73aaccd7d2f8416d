import { afterEach, describe, expect, it } from "vitest";
import { bindTo, driversOf, giveBack, plugSriovCard } from "../beds/vm/compute/binding";
import { guestProcesses } from "../beds/vm/compute/guests";
import { NovaCompute } from "../beds/vm/compute/novaCompute";
import { waitingFunctions } from "../beds/vm/compute/waiting";
import { startLabHost, topologies } from "../beds/vm/lab";
import type { LabHost } from "../beds/vm/lab";

// The compute host alone: that it is what the tests with a control plane take it for.
let host: LabHost | undefined;

afterEach(async () => {
  await host?.stop();
  host = undefined;
});

const minutes = 60_000;
const { gpu, twin, behindBridge, nic } = topologies.compute.cards as Record<string, { functions: string[] }>;

async function expectConfined(of: LabHost): Promise<void> {
  const profiles = await of.read("cat /sys/kernel/security/apparmor/profiles");
  expect(profiles).toMatch(/^libvirtd \(enforce\)$/m);
  expect(profiles).toMatch(/^virt-aa-helper \(enforce\)$/m);
  expect(await of.read("cat /etc/apparmor.d/abstractions/libvirt-qemu")).toMatch(/local\/abstractions\/libvirt-qemu/);
}

describe("a compute host before anything was done to it", () => {
  it("has libvirt and Nova, no IOMMU, and every card on the host's own driver", { timeout: 15 * minutes }, async () => {
    host = await startLabHost({ kernel: "compute" });
    expect(await host.groups()).toEqual(new Map());
    expect(await host.read("cat /proc/cmdline")).toMatch(/ intel_iommu=off$/);
    expect(await driversOf(host, [...gpu!.functions, ...twin!.functions, ...behindBridge!.functions, ...nic!.functions])).toEqual({
      "0000:01:00.0": "bochs-drm", "0000:01:00.1": "snd_hda_intel",
      "0000:02:00.0": "bochs-drm", "0000:02:00.1": "snd_hda_intel",
      "0000:04:01.0": "", "0000:05:00.0": "e1000e",
    });
    await expectConfined(host);
    const nova = new NovaCompute(host);
    expect(await nova.state()).toBe("inactive");
    expect(await host.read("systemctl is-enabled nova-compute || true")).toBe("disabled");
    expect(await host.read("ls -d /opt/nova/lib/python3*/site-packages/nova-[0-9]*-info")).toMatch(/\/nova-34\.0\.0\.dist-info$/);
    expect(await host.read("ls -A /etc/nova/nova.conf.d; stat -c '%a %U:%G' /etc/nova/nova.conf")).toBe("640 root:nova");
    expect(await host.read("grep -c '^\\[pci\\]' /etc/nova/*.conf || true")).toBe("/etc/nova/nova-compute.conf:0\n/etc/nova/nova.conf:0");
  });
});

describe("a compute host that waits for its control plane", () => {
  it("goes on with nova-compute looking for its bus, libvirt answering and cards on vfio-pci", { timeout: 20 * minutes }, async () => {
    host = await startLabHost({ kernel: "compute", nova: "waiting" });
    const nova = new NovaCompute(host);
    const before = await nova.logLength();
    expect(await nova.state()).toBe("active");
    expect((await nova.commandLine()).slice(1)).toEqual([
      "/opt/nova/bin/nova-compute", "--config-file=/etc/nova/nova.conf", "--config-file=/etc/nova/nova-compute.conf",
      "--log-file=/var/log/nova/nova-compute.log",
    ]);
    expect(await nova.waitForLog(/Connection failed/, 120, before)).toMatch(/retrying in/);
    expect(await host.read("ls /var/lib/nova")).not.toMatch(/compute_id/);

    const groups = [...(await host.groups()).values()];
    for (const [name, card] of Object.entries(topologies.compute.cards)) {
      expect(groups.find((members) => members.includes(card.functions[0]!)), name).toEqual(card.group);
    }
    expect(await driversOf(host, [...waitingFunctions, ...twin!.functions])).toEqual({
      "0000:01:00.0": "vfio-pci", "0000:01:00.1": "vfio-pci", "0000:05:00.0": "vfio-pci",
      "0000:02:00.0": "bochs-drm", "0000:02:00.1": "snd_hda_intel",
    });

    await expectConfined(host);
    expect(await host.read("virsh version --daemon")).toMatch(/Running hypervisor: QEMU 7\.2\.\d+\nRunning against daemon: 9\.0\.0/);
    expect(await host.read("cat /proc/$(pgrep -x libvirtd)/attr/current")).toBe("libvirtd (enforce)");
    expect(await host.read("virsh nodedev-list --cap pci")).toMatch(/^pci_0000_01_00_0$/m);
    expect(await guestProcesses(host)).toEqual([]);

    await giveBack(host, [gpu!.functions[1]!]);
    expect(await driversOf(host, [gpu!.functions[1]!])).toEqual({ "0000:01:00.1": "snd_hda_intel" });
    await bindTo(host, "vfio-pci", [gpu!.functions[1]!]);

    const sriov = await plugSriovCard(host);
    expect(await host.read(`cat /sys/bus/pci/devices/${sriov}/sriov_totalvfs`)).toBe("2");
    expect(await host.read("virsh nodedev-dumpxml pci_0000_06_00_0")).toMatch(/<capability type='virt_functions' maxCount='2'\/>/);
    await nova.stop();
    expect(await nova.state()).toBe("inactive");
  });
});

describe("a server of libvirt on a compute host", () => {
  it("runs confined with the card, says which devices it sees, lets go of one, and switches off", { timeout: 20 * minutes }, async () => {
    host = await startLabHost({ kernel: "compute", nova: "waiting" });
    const of = host;
    await host.read("cat >/root/server.xml && virsh -q define /root/server.xml && virsh -q start server", { input: server });
    const said = (): Promise<string> => of.read("cat /var/log/libvirt/server.console");
    await expect.poll(said, { timeout: 2 * minutes, interval: 1000 }).toMatch(/PCI 8086:1237 .*1234:1111/);
    const [guest] = await guestProcesses(host);
    const group = await host.read("basename $(readlink /sys/bus/pci/devices/0000:01:00.0/iommu_group)");
    expect(guest?.apparmor).toMatch(/^libvirt-[0-9a-f-]{36} \(enforce\)$/);
    expect(guest).toMatchObject({ domain: "server", user: "libvirt-qemu", vfio: [`/dev/vfio/${group}`, "/dev/vfio/vfio", "anon_inode:[vfio-device]"].sort() });

    await host.read("virsh -q detach-device server /dev/stdin --live", { input: hostdev });
    await expect.poll(async () => (await said()).trim().split("\n").at(-1), { timeout: 2 * minutes, interval: 1000 }).not.toMatch(/1234:1111/);
    await host.read("virsh -q shutdown server");
    await expect.poll(() => guestProcesses(of), { timeout: 2 * minutes, interval: 1000 }).toEqual([]);
    // It was on vfio-pci before, and so it stays there.
    expect(await driversOf(host, [gpu!.functions[0]!])).toEqual({ "0000:01:00.0": "vfio-pci" });
  });
});

const hostdev = `<hostdev mode='subsystem' type='pci' managed='yes'><source><address domain='0' bus='1' slot='0' function='0'/></source></hostdev>`;
const server = `
<domain type='qemu'>
  <name>server</name><memory unit='MiB'>64</memory><vcpu>1</vcpu>
  <os><type arch='x86_64' machine='pc'>hvm</type></os><features><acpi/></features>
  <devices>
    <disk type='file' device='disk'><driver name='qemu' type='raw'/>
      <source file='/var/lib/nova/instances/_base/da39a3ee5e6b4b0d3255bfef95601890afd80709'/><target dev='vda' bus='virtio'/><readonly/></disk>
    <serial type='pty'><log file='/var/log/libvirt/server.console'/></serial>
    ${hostdev}
  </devices>
</domain>`;
