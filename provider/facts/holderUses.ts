import type { DeviceUse, Guest, IommuGroup } from "./hostFacts";
import { functionOfPath } from "./pciAddress";
import { known, type Reading } from "./reading";
import type { Snapshot } from "./snapshot";
import { linesOf } from "./values";

/** Guests that have a function, and processes of the host that have one of its device nodes open. */
export function holderUses(snapshot: Snapshot, groups: readonly IommuGroup[], guests: Reading<readonly Guest[]>): DeviceUse[] {
  const uses = new Map<string, DeviceUse>();
  const add = (use: DeviceUse): void => {
    uses.set(`${use.address} ${use.reason}`, use);
  };
  const held = new Set<string>();
  for (const guest of known(guests) ?? []) {
    for (const address of guest.devices) {
      held.add(address);
      add({ address, kind: "guest", critical: true, says: `guest ${guest.name === "" ? guest.uuid : guest.name} has it`, reason: `guest:${guest.uuid === "" ? guest.name : guest.uuid}` });
    }
  }
  for (const line of linesOf(known(snapshot.answer("holders")) ?? "")) {
    const [node = "", command = ""] = [line.slice(0, line.indexOf(" ")), line.slice(line.indexOf(" ") + 1)];
    for (const address of functionsOfNode(snapshot, groups, node)) {
      // The group node of a guest's card is held by that guest, which is named above.
      if (node.startsWith("/dev/vfio/") && held.has(address)) continue;
      const open = node.startsWith("/dev/vfio/devices/") ? "its VFIO device" : node.startsWith("/dev/vfio/") ? "its VFIO group" : node.replace(/\d+$/, "");
      add({ address, kind: "process", critical: false, says: `${command} has ${open} open`, reason: `process:${command}` });
    }
  }
  return [...uses.values()];
}

function functionsOfNode(snapshot: Snapshot, groups: readonly IommuGroup[], node: string): readonly string[] {
  const [, directory = "", name = ""] = /^\/dev\/(?:(.*)\/)?([^/]+)$/.exec(node) ?? [];
  if (directory === "vfio") return groups.find((group) => String(group.number) === name)?.members ?? [];
  if (directory === "vfio/devices") return vfioFunctions(snapshot, name);
  if (directory === "dri") {
    const card = functionOfPath(known(snapshot.link(`/sys/class/drm/${name}`)) ?? "");
    return card === undefined ? [] : [card];
  }
  return /^nvidia\d+$/.test(name) ? nvidiaFunctions(snapshot, name.slice("nvidia".length)) : [];
}

/** Who goes through iommufd opens /dev/vfio/devices/vfioN and no group; the function has that name below vfio-dev (Documentation/driver-api/vfio.rst). */
function vfioFunctions(snapshot: Snapshot, name: string): readonly string[] {
  const root = "/sys/bus/pci/devices";
  return (known(snapshot.list(root)) ?? []).filter((address) => (known(snapshot.list(`${root}/${address}/vfio-dev`)) ?? []).includes(name));
}

/** /proc/driver/nvidia/gpus/ADDRESS/information names the minor number of /dev/nvidiaN. */
function nvidiaFunctions(snapshot: Snapshot, minor: string): string[] {
  const root = "/proc/driver/nvidia/gpus";
  return (known(snapshot.list(root)) ?? []).filter((address) => {
    const text = known(snapshot.text(`${root}/${address}/information`)) ?? "";
    return /^Device Minor:\s*(\d+)/m.exec(text)?.[1] === minor;
  });
}
