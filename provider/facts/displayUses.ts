import type { DeviceUse } from "./hostFacts";
import { functionOfPath } from "./pciAddress";
import { known } from "./reading";
import type { Snapshot } from "./snapshot";

/** Displays, the console's framebuffer and keyboards: losing one does not take the host down, but somebody may be looking at it. */
export function displayUses(snapshot: Snapshot): DeviceUse[] {
  return [...drmUses(snapshot), ...framebufferUses(snapshot), ...inputUses(snapshot)];
}

function drmUses(snapshot: Snapshot): DeviceUse[] {
  const names = known(snapshot.list("/sys/class/drm")) ?? [];
  return names.flatMap((name): DeviceUse[] => {
    if (!/^card\d+$/.test(name)) return [];
    const address = functionOfPath(known(snapshot.link(`/sys/class/drm/${name}`)) ?? "");
    if (address === undefined) return [];
    const connected = names.filter((other) => other.startsWith(`${name}-`) && known(snapshot.text(`/sys/class/drm/${other}/status`)) === "connected");
    const monitors = connected.map((other) => other.slice(name.length + 1));
    const says = monitors.length === 0 ? `the graphics driver of the host offers it as ${name}` : `${name} drives a monitor on ${monitors.join(", ")}`;
    return [{ address, kind: "display", critical: false, says, reason: `drm:${name}` }];
  });
}

function framebufferUses(snapshot: Snapshot): DeviceUse[] {
  return (known(snapshot.list("/sys/class/graphics")) ?? []).flatMap((name): DeviceUse[] => {
    const address = functionOfPath(known(snapshot.link(`/sys/class/graphics/${name}`)) ?? "");
    if (!/^fb\d+$/.test(name) || address === undefined) return [];
    const driver = known(snapshot.text(`/sys/class/graphics/${name}/name`));
    return [{ address, kind: "framebuffer", critical: false, says: `it has the framebuffer ${name}${driver === undefined ? "" : ` (${driver})`}`, reason: `framebuffer:${name}` }];
  });
}

/** Input devices on USB; the jacks of a sound card count as input devices too and are none that anybody types on. */
function inputUses(snapshot: Snapshot): DeviceUse[] {
  const uses = new Map<string, DeviceUse>();
  for (const name of known(snapshot.list("/sys/class/input")) ?? []) {
    const target = known(snapshot.link(`/sys/class/input/${name}`)) ?? "";
    const address = functionOfPath(target);
    if (address === undefined || !target.includes("/usb")) continue;
    const label = known(snapshot.text(`/sys/class/input/${name}/name`)) ?? "input device";
    uses.set(`${address} ${label}`, { address, kind: "input", critical: false, says: `${label} is attached to it`, reason: `input:${label}` });
  }
  return [...uses.values()];
}
