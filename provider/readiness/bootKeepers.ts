import { valuesOf } from "../facts/commandLine";
import type { HostFacts, PciDevice } from "../facts/hostFacts";
import { absent, known, type Reading } from "../facts/reading";
import { isVfioDriver } from "./card";

/** Something that was read gives this function to a vfio driver at the next boot. */
export function isKeptAtBoot(device: PciDevice, facts: HostFacts): boolean {
  return isMadeAtBoot(device, facts) || isVfioDriver(boundAtBoot(device, facts));
}

/** The driver that a binding gives this function at the next boot: of ours, of driverctl, or by vfio-pci's own ids; undefined: none that was read. */
export function boundAtBoot(device: PciDevice, facts: HostFacts): string | undefined {
  const ids = [device.vendor, device.device, device.subsystemVendor, device.subsystemDevice].map((reading) => known(reading));
  const lines = wordsOf(facts.bootBinding);
  const ours = lines.find(([at, wanted = "", driver]) => isVfioDriver(driver) && (at === device.address || at === "any") && matches(wanted, ids));
  const bound = ours?.[2] ?? overriddenAtBoot(device, facts);
  if (bound !== undefined) return bound;
  const asked = [...valuesOf(known(facts.kernelCommandLine.nextBoot) ?? known(facts.kernelCommandLine.running) ?? [], "vfio_pci.ids"), ...optionIds(facts)];
  return asked.some((list) => (list ?? "").toLowerCase().split(",").some((wanted) => matches(wanted, ids))) ? "vfio-pci" : undefined;
}

/** Our unit makes it at boot, on a vfio driver (plan/virtualBoot.ts). */
function isMadeAtBoot(device: PciDevice, facts: HostFacts): boolean {
  const physicalFunction = known(device.physicalFunction);
  return wordsOf(facts.virtualFunctions?.atBoot).some(([physical, , , , , driver]) => physical === physicalFunction && isVfioDriver(driver));
}

/** Line by line; one that was not read, or that nobody asked for, has none. */
function wordsOf(text: Reading<string> = absent): string[][] {
  return (known(text) ?? "").split("\n").map((line) => line.split(" "));
}

/** The one driver that driverctl lets have the function from the next boot on, whatever else would claim it. */
export function overriddenAtBoot({ address }: PciDevice, facts: HostFacts): string | undefined {
  const driver = facts.driverctl?.get(address);
  return driver === "" ? undefined : driver;
}

function optionIds(facts: HostFacts): string[] {
  return (facts.modules.modprobe?.options ?? []).flatMap(({ module, option }) => (module === "vfio_pci" ? (/^ids=(.*)$/.exec(option)?.[1] ?? []) : []));
}

/** "10de:20b5" or with a subsystem; what is left out, and ffffffff, is any (vfio-pci's parameter ids). */
function matches(wanted: string, ids: readonly (string | undefined)[]): boolean {
  const parts = wanted.split(":").slice(0, ids.length);
  return parts.length >= 2 && parts.every((part, index) => part === ids[index] || part === "" || part === "ffffffff");
}
