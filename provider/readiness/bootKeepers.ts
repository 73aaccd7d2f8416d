import { valuesOf } from "../facts/commandLine";
import type { HostFacts, PciDevice } from "../facts/hostFacts";
import { known } from "../facts/reading";
import { isVfioDriver } from "./card";

/** Something that was read gives this function to a vfio driver at the next boot. */
export function isKeptAtBoot(device: PciDevice, facts: HostFacts): boolean {
  return isMadeAtBoot(device, facts) || isVfioDriver(boundAtBoot(device, facts));
}

/** The driver that a binding gives this function at the next boot: of ours, of driverctl, or by vfio-pci's own ids; undefined: none that was read. */
export function boundAtBoot(device: PciDevice, facts: HostFacts): string | undefined {
  const [vendor, id] = [known(device.vendor) ?? "?", known(device.device) ?? "?"];
  const ids = [vendor, id, known(device.subsystemVendor) ?? "?", known(device.subsystemDevice) ?? "?"];
  const lines = (facts.bootBinding === undefined ? "" : (known(facts.bootBinding) ?? "")).split("\n").map((line) => line.split(" "));
  const ours = lines.find(([at, wanted = "", driver]) => isVfioDriver(driver) && (at === device.address || at === "any") && matches(wanted, ids));
  const bound = ours?.[2] ?? overriddenAtBoot(device, facts);
  if (bound !== undefined) return bound;
  const asked = [...valuesOf(known(facts.kernelCommandLine.nextBoot) ?? known(facts.kernelCommandLine.running) ?? [], "vfio_pci.ids"), ...optionIds(facts)];
  return asked.some((list) => (list ?? "").toLowerCase().split(",").some((wanted) => matches(wanted, ids))) ? "vfio-pci" : undefined;
}

/** Our unit makes it at boot, on a vfio driver (plan/virtualBoot.ts). */
function isMadeAtBoot(device: PciDevice, facts: HostFacts): boolean {
  const text = facts.virtualFunctions === undefined ? undefined : known(facts.virtualFunctions.atBoot);
  const lines = (text ?? "").split("\n").map((line) => line.split(" "));
  return lines.some(([physical, , , , , driver]) => physical !== undefined && physical === known(device.physicalFunction) && isVfioDriver(driver));
}

/** The one driver that driverctl lets have the function from the next boot on, whatever else would claim it. */
export function overriddenAtBoot({ address }: PciDevice, facts: HostFacts): string | undefined {
  const driver = facts.driverctl?.get(address);
  return driver === "" ? undefined : driver;
}

function optionIds(facts: HostFacts): string[] {
  return (facts.modules.modprobe?.options ?? []).filter(({ module, option }) => module === "vfio_pci" && option.startsWith("ids=")).map(({ option }) => option.slice("ids=".length));
}

/** "10de:20b5" or with a subsystem; what is left out, and ffffffff, is any (vfio-pci's parameter ids). */
function matches(wanted: string, ids: readonly string[]): boolean {
  const parts = wanted.split(":").slice(0, ids.length);
  return parts.length >= 2 && parts.every((part, index) => part === ids[index] || part === "" || part === "ffffffff");
}
