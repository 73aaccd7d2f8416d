import type { HostFacts } from "../facts/hostFacts";
import { VIRTUAL_UNIT } from "./bootUnits";
import { journalledNow, sha256 } from "./hash";
import type { Plan } from "./plan";
import type { Step } from "./step";
import * as target from "./target";
import { VIRTUAL_SCRIPT, VIRTUAL_CONF_PATH } from "./virtualBootScript";
import type { PlannedPhysical } from "./virtualWish";

interface BootFile {
  readonly path: string;
  readonly text: string;
  readonly mode: string;
  /** For the preview: completes "written: ...". */
  readonly does: string;
}

const SCRIPT_PATH = "/etc/gpuhost/virtual-functions.sh";
const HEAD = "# gpuhost: written by the resource VirtualFunctions of a Pulumi stack; it goes when that goes.";

/**
 * A unit that multi-user.target wants, without a link to enable it: plain files are what the journal puts back byte for byte. It comes before what
 * starts guests, and nothing requires it, so that a card without its driver costs the script's own 60 seconds and not the boot.
 */
const FIXED: readonly BootFile[] = [
  {
    path: SCRIPT_PATH, mode: "0755", does: "sets these numbers at boot, once the driver has the card; a card of other ids is left alone",
    text: `#!/bin/sh\n${HEAD}\n${VIRTUAL_SCRIPT}`,
  },
  {
    path: `/etc/systemd/system/${VIRTUAL_UNIT}`, mode: "0644", does: "runs it at every boot, before what starts guests",
    text: `${HEAD}
[Unit]
Description=Virtual functions as gpuhost was told
ConditionPathExists=${VIRTUAL_CONF_PATH}
After=systemd-modules-load.service nvidia-persistenced.service nvidia-vgpud.service nvidia-vgpu-mgr.service
Before=libvirtd.service virtqemud.service libvirt-guests.service nova-compute.service openstack-nova-compute.service

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/bin/sh ${SCRIPT_PATH}
TimeoutStartSec=180
TimeoutStopSec=10
`,
  },
  {
    path: `/etc/systemd/system/multi-user.target.d/gpuhost-virtual-functions.conf`, mode: "0644", does: "has the system want that unit",
    text: `${HEAD}\n[Unit]\nWants=${VIRTUAL_UNIT}\n`,
  },
];

/** Every path that this kind writes. */
export const ALL_VIRTUAL_PATHS: readonly string[] = [VIRTUAL_CONF_PATH, ...FIXED.map((file) => file.path)];

function configurationText(planned: readonly PlannedPhysical[]): string {
  return [
    "# gpuhost: written by the resource VirtualFunctions of a Pulumi stack; edit the stack, this file is compared and rewritten.",
    "# Physical function, vendor:device:subvendor:subdevice that must be found there, its driver, number of virtual functions, who makes them,",
    '# their driver ("host": what the kernel gives, "none"), their vGPU types in their order ("-": not touched).',
    ...planned.map(({ wish, ids, driver, by }) => [wish.address, ids, driver ?? "-", wish.count, by, wish.driver, wish.vgpuTypes?.join(",") ?? "-"].join(" ")),
    "",
  ].join("\n");
}

function bootFiles(planned: readonly PlannedPhysical[]): BootFile[] {
  const does = planned.map(({ wish }) => `${wish.address} ${wish.count}${wish.count > 0 ? ` on ${wish.driver}` : ""}${wish.vgpuTypes === undefined ? "" : ` of types ${wish.vgpuTypes.join(", ")}`}`).join("; ");
  return [{ path: VIRTUAL_CONF_PATH, mode: "0644", does, text: configurationText(planned) }, ...FIXED];
}

/** True when every boot from the next one on sets these numbers. */
export function isStagedForBoot(facts: HostFacts, planned: readonly PlannedPhysical[]): boolean {
  return bootFiles(planned).every((file) => journalledNow(facts, file.path) === sha256(file.text));
}

export function bootStaging(facts: HostFacts, planned: readonly PlannedPhysical[]): Pick<Plan, "steps" | "lines"> {
  const stale = bootFiles(planned).filter((file) => journalledNow(facts, file.path) !== sha256(file.text));
  const steps = stale.map(({ path, text, mode }): Step => ({ kind: "writeFile", path, text, mode, before: journalledNow(facts, path) ?? "absent" }));
  const lines = Object.fromEntries(stale.map(({ path, does }) => {
    const journalled = facts.journal.files.find((file) => file.path === path);
    const again = journalled === undefined || journalled.now === journalled.written ? "" : journalled.now === "absent" ? "was removed, " : "was edited since we wrote it, ";
    return [target.file(path), `${again}written: ${does}`];
  }));
  return { steps, lines };
}
