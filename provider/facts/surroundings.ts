import { known } from "./reading";
import type { Snapshot } from "./snapshot";

/** driverctl(8) keeps one file for each device, named BUS-ADDRESS, with the driver's name in it. */
export function driverctl(snapshot: Snapshot): ReadonlyMap<string, string> {
  const names = (known(snapshot.list("/etc/driverctl.d")) ?? []).filter((name) => name.startsWith("pci-"));
  return new Map(names.map((name): [string, string] => [name.slice("pci-".length), (known(snapshot.text(`/etc/driverctl.d/${name}`)) ?? "").trim()]));
}

const sources: readonly (readonly [string, (snapshot: Snapshot) => boolean])[] = [
  ["mounts", (snapshot) => snapshot.text("/proc/self/mountinfo").kind === "value"],
  ["swap", (snapshot) => snapshot.text("/proc/swaps").kind === "value"],
  ["disks", (snapshot) => classWasRead(snapshot, "/sys/class/block", ["dev"])],
  ["network interfaces", (snapshot) => classWasRead(snapshot, "/sys/class/net", [])],
  ["addresses", (snapshot) => snapshot.answer("addressed-interfaces").kind === "value"],
  ["routes", (snapshot) => snapshot.answer("default-route-interfaces").kind === "value"],
];

function classWasRead(snapshot: Snapshot, directory: string, attributes: readonly string[]): boolean {
  const names = snapshot.list(directory);
  if (names.kind !== "value") return false;
  return names.value.every((name) => snapshot.link(`${directory}/${name}`).kind !== "unreadable" && attributes.every((each) => snapshot.text(`${directory}/${name}/${each}`).kind !== "unreadable"));
}

/** What of it could not be read: without all of it nobody knows what the host runs from. */
export function usesNotRead(snapshot: Snapshot): string[] {
  return sources.filter(([, wasRead]) => !wasRead(snapshot)).map(([name]) => name);
}
