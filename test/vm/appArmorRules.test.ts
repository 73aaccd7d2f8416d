import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Host } from "../../provider/host/host";
import { sshHost } from "../../provider/host/sshHost";
import { type AppArmorRulesDesired, planAppArmorRules, undoAppArmorRules } from "../../provider/plan/appArmorRules";
import { converged, type Plan } from "../../provider/plan/plan";
import { guestProcesses } from "../beds/vm/compute/guests";
import { startLabHost, type LabHost } from "../beds/vm/lab";

const minutes = 60_000;
const abstraction = "/etc/apparmor.d/abstractions/libvirt-qemu";
const hostdev = "<hostdev mode='subsystem' type='pci' managed='yes'><source><address domain='0' bus='1' slot='0' function='0'/></source></hostdev>";
/** A guest without a card: what Nova's resume starts before it gives the card back. */
const server = `
<domain type='qemu'>
  <name>server</name><memory unit='MiB'>64</memory><vcpu>1</vcpu>
  <os><type arch='x86_64' machine='pc'>hvm</type></os><features><acpi/></features>
  <devices>
    <disk type='file' device='disk'><driver name='qemu' type='raw'/>
      <source file='/var/lib/nova/instances/_base/da39a3ee5e6b4b0d3255bfef95601890afd80709'/><target dev='vda' bus='virtio'/><readonly/></disk>
  </devices>
</domain>`;

// Real libvirt under real AppArmor: Debian's packaged rules, and what configuration management may make of them.
describe("a card that comes back to a guest on a real compute host", () => {
  let vm: LabHost;
  let host: Host;
  const plan = async (wish: Partial<AppArmorRulesDesired> = {}): Promise<Plan> => planAppArmorRules(await host.observe(), { guestRules: [], restorePackaged: [], ...wish });
  const carryOut = async ({ steps }: Plan): Promise<void> => {
    const outcome = await host.apply({ owner: "AppArmorRules", who: "test@vm", identity: (await host.observe()).identity, steps });
    expect(outcome.state, outcome.says).toBe("done");
  };
  const attach = () => vm.ssh("virsh -q attach-device server /dev/stdin --live", { input: hostdev });
  const rules = () => vm.read("cd /etc/apparmor.d && find . -type f ! -path './libvirt/libvirt-*' | sort | xargs sha256sum; find . ! -path './libvirt/libvirt-*' | sort");

  beforeAll(async () => {
    vm = await startLabHost({ kernel: "compute", nova: "waiting", name: "apparmor" });
    host = await sshHost({ host: vm.address, port: vm.port, user: "root", identityFiles: [vm.identityFile], knownHostsFiles: [vm.knownHostsFile], sshConfigFile: false, agent: false, jumpHosts: [] });
  }, 15 * minutes);
  afterAll(async () => {
    await host?.close();
    await vm?.stop();
  });

  it("is allowed by the rules that Debian ships: there is nothing to do", async () => {
    expect(await plan()).toMatchObject({ steps: [], findings: [], outputs: { confinement: "apparmor", reattachAllowed: true } });
  }, 5 * minutes);

  it("is refused by rules that lost a line, which a preview tells; with AppArmorRules it works, also for the guest that runs", async () => {
    await vm.read(`sed -i '/vfio\\/vfio/d' ${abstraction}`);
    const before = await rules();
    await vm.read("cat >/root/server.xml && virsh -q define /root/server.xml && virsh -q start server", { input: server });
    expect((await attach()).stderr).toMatch(/failed to open \/dev\/vfio\/vfio: Permission denied/);
    const preview = await plan();
    expect(preview.findings.map(({ rule }) => rule)).toEqual(["packaged-profile-edited"]);
    expect(preview.outputs).toMatchObject({ reattachAllowed: false });
    await carryOut(preview);
    const proof = await plan();
    expect([converged(proof), proof.outputs]).toEqual([true, { confinement: "apparmor", reattachAllowed: true }]);

    const attached = await attach();
    expect(attached.code, attached.stderr).toBe(0);
    const [guest] = await guestProcesses(vm);
    expect(guest?.apparmor).toMatch(/^libvirt-[0-9a-f-]{36} \(enforce\)$/);
    expect(guest?.vfio).toContain("/dev/vfio/vfio");
    await vm.read("virsh -q destroy server && virsh -q undefine server");

    await carryOut(undoAppArmorRules(await host.observe(), { guestRules: [], restorePackaged: [] }));
    expect(await rules()).toBe(before);
  }, 15 * minutes);

  it("is not put back from a text that the host does not have", async () => {
    const { findings, steps } = await plan({ restorePackaged: [abstraction] });
    expect([steps, findings.map(({ rule }) => rule)]).toEqual([[], ["packaged-text-missing"]]);
    await vm.read(`sed 's,^  /dev/kvm rw\\,,&\\n  /dev/vfio/vfio rw\\,,' ${abstraction} >/root/other && cp /root/other ${abstraction}.dpkg-dist`);
    expect((await plan({ restorePackaged: [abstraction] })).findings.map(({ rule }) => rule)).toEqual(["packaged-text-missing", "profile-leftover"]);
  }, 5 * minutes);
});
