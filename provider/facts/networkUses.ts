import type { DeviceUse } from "./hostFacts";
import { functionOfPath } from "./pciAddress";
import { known } from "./reading";
import type { Snapshot } from "./snapshot";
import { lastSegment, linesOf } from "./values";

const root = "/sys/class/net";

/**
 * Why the host needs a network function. An address, a route or this SSH session sits on the top of a stack (bond, bridge, VLAN); the
 * functions at its bottom carry it, so each of them is in use for it.
 */
export function networkUses(snapshot: Snapshot): DeviceUse[] {
  const names = known(snapshot.list(root)) ?? [];
  const uses: DeviceUse[] = [];
  const add = (name: string, kind: DeviceUse["kind"], critical: boolean, reason: string, says: (carrier: string) => string): void => {
    for (const physical of lowest(snapshot, name, new Set())) {
      const address = functionOfPath(known(snapshot.link(`${root}/${physical}`)) ?? "");
      if (address !== undefined) uses.push({ address, kind, critical, says: says(physical), reason });
    }
  };
  const through = (top: string) => (physical: string) => (physical === top ? top : `${top} (through ${physical})`);
  for (const name of named(snapshot, "ssh-interface")) add(name, "ssh-session", true, `ssh-session:${name}`, (by) => `${through(name)(by)} carries this SSH session`);
  for (const name of named(snapshot, "addressed-interfaces")) add(name, "network", true, `address:${name}`, (by) => `${through(name)(by)} has an address of the host`);
  for (const name of named(snapshot, "default-route-interfaces")) add(name, "network", true, `route:${name}`, (by) => `${through(name)(by)} carries the default route`);
  for (const name of names) {
    const master = known(snapshot.link(`${root}/${name}/master`));
    if (master !== undefined) {
      const of = lastSegment(master);
      add(name, "network", true, `${masterKind(snapshot, of)}:${of}`, (by) => `${by} is part of ${of}`);
    } else if (known(snapshot.text(`${root}/${name}/carrier`)) === "1") {
      add(name, "network", false, `carrier:${name}`, (by) => `${by} has a link`);
    }
  }
  return uses;
}

function named(snapshot: Snapshot, answer: string): string[] {
  return linesOf(known(snapshot.answer(answer)) ?? "").filter((name) => name !== "" && name !== "lo");
}

function masterKind(snapshot: Snapshot, master: string): string {
  const inside = known(snapshot.list(`${root}/${master}`)) ?? [];
  return inside.includes("bonding") ? "bond" : inside.includes("bridge") ? "bridge" : "master";
}

/** The interfaces under this one that have nothing under them. */
function lowest(snapshot: Snapshot, name: string, seen: Set<string>): string[] {
  if (seen.has(name)) return [];
  seen.add(name);
  const lower = (known(snapshot.list(`${root}/${name}`)) ?? []).filter((entry) => entry.startsWith("lower_")).map((entry) => entry.slice("lower_".length));
  return lower.length === 0 ? [name] : lower.flatMap((below) => lowest(snapshot, below, seen));
}
