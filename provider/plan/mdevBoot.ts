import type { HostFacts } from "../facts/hostFacts";
import { MDEV_UNIT, VIRTUAL_UNIT } from "./bootUnits";
import { journalledNow, sha256 } from "./hash";
import type { MdevDeviceWish } from "./mdevWishes";
import type { Step } from "./step";
import * as target from "./target";

const script = "/etc/gpuhost/mediated-devices.sh";
const unit = `/etc/systemd/system/${MDEV_UNIT}`;
/** A drop-in instead of the link that `systemctl enable` makes: it is a plain file, so the journal can undo it. */
const enabling = "/etc/systemd/system/multi-user.target.d/gpuhost-mediated-devices.conf";

/** In the order in which they are taken away: what calls goes before what is called. */
export const mdevBootPaths: readonly string[] = [enabling, unit, script];

const head = "# gpuhost: written by the resource MediatedDevices of a Pulumi stack; it goes when that goes.";

/** POSIX sh. A parent is waited for, since its driver may load late; a device that is there already is left. */
export function mdevBootScript(devices: readonly MdevDeviceWish[]): string {
  return `#!/bin/sh
${head}
# Makes the mediated devices below at every boot, before guests start.
root=\${GPUHOST_ROOT:-}
waited=0
failed=0

make() {
    if [ -e "$root/sys/bus/mdev/devices/$1" ]; then return 0; fi
    type=$root/sys/class/mdev_bus/$2/mdev_supported_types/$3
    while [ ! -e "$type/create" ] && [ "$waited" -lt 60 ]; do
        sleep 1
        waited=$((waited + 1))
    done
    if [ ! -e "$type/create" ]; then
        echo "gpuhost: $2 offers no $3 after $waited s, so $1 was not made" >&2
        failed=1
    elif ! echo "$1" >"$type/create"; then
        echo "gpuhost: the kernel did not make $1, a $3 of $2" >&2
        failed=1
    fi
}

${devices.map(({ uuid, parent, type }) => `make ${uuid} ${parent} ${type}\n`).join("")}exit "$failed"
`;
}

/**
 * A oneshot has no time limit of its own (systemd.service, TimeoutStartSec=), and the kernel may hang in a vendor's driver: libvirt and Nova would
 * wait for ever. Parents may be virtual functions that our other unit makes.
 */
const unitText = `${head}
[Unit]
Description=Mediated devices of gpuhost
After=systemd-modules-load.service systemd-udev-trigger.service nvidia-vgpud.service nvidia-vgpu-mgr.service ${VIRTUAL_UNIT}
Before=libvirtd.service virtqemud.service libvirt-guests.service nova-compute.service openstack-nova-compute.service

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/bin/sh ${script}
TimeoutStartSec=180
TimeoutStopSec=10
`;

const enablingText = `${head}
[Unit]
Wants=${MDEV_UNIT}
`;

/** Files that make these devices at every boot; none where there are no devices. */
export function mdevBootFiles(facts: HostFacts, devices: readonly MdevDeviceWish[]): { readonly steps: readonly Step[]; readonly lines: Readonly<Record<string, string>>; readonly standing: boolean } {
  const wanted = new Map(devices.length === 0 ? [] : [[script, mdevBootScript(devices)], [unit, unitText], [enabling, enablingText]]);
  const steps: Step[] = [];
  const lines: Record<string, string> = {};
  for (const [path, text] of wanted) {
    const now = journalledNow(facts, path);
    if (now === sha256(text)) continue;
    const journalled = facts.journal.files.find((file) => file.path === path);
    const edited = journalled !== undefined && journalled.now !== journalled.written;
    steps.push({ kind: "writeFile", path, text, mode: path === script ? "0755" : "0644", before: now ?? "absent" });
    lines[target.file(path)] = `${edited ? `${journalled.now === "absent" ? "was removed" : "was edited"} since we wrote it, ` : ""}written: ${does[path] ?? ""}`;
  }
  for (const path of mdevBootPaths.filter((each) => !wanted.has(each) && facts.journal.files.some((file) => file.path === each))) {
    steps.push({ kind: "restoreFile", path });
    lines[target.file(path)] = "removed, or put back as it was before us";
  }
  return { steps, lines, standing: steps.length === 0 };
}

const does: Readonly<Record<string, string>> = {
  [script]: "makes the devices above again, each by its UUID",
  [unit]: "runs that once at every boot, before libvirt and Nova start",
  [enabling]: "has systemd start it",
};
