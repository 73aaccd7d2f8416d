import { printCommandLine, parseCommandLine } from "../facts/commandLine";
import type { HostFacts } from "../facts/hostFacts";
import { known } from "../facts/reading";
import type { Finding } from "../readiness/finding";
import { bootLoaderFindings } from "./bootLoader";
import type { PlannedFunction, VfioBindingDesired } from "./boundFunctions";

/** Room for one image; a generous one of Debian (MODULES=most with firmware) takes 60 MiB. */
export const IMAGE_BYTES = 64 * 1024 * 1024;

/** What of the host as a whole forbids a binding. */
export function bindingHostFindings(facts: HostFacts, desired: VfioBindingDesired, functions: readonly PlannedFunction[]): Finding[] {
  return [...iommu(facts, desired, functions), ...images(facts), ...bootLoader(facts, functions)];
}

function refuse(rule: string, says: string, remedy: string, addresses: readonly string[] = []): Finding {
  return { rule, severity: "refuse", addresses, says, remedy };
}

function iommu(facts: HostFacts, desired: VfioBindingDesired, functions: readonly PlannedFunction[]): Finding[] {
  if (facts.iommu.state === "unknown") return [refuse("iommu-unreadable", "Whether the IOMMU is on could not be read.", "Let the connection's user read /sys (sudo), then preview again.")];
  if (facts.iommu.state === "active") {
    const without = functions.filter((each) => each.role !== "member" && each.device.iommuGroup.kind !== "value").map((each) => each.address);
    if (without.length === 0) return [];
    if (desired.iommuWillBeOn) return [pending(without)];
    return [refuse("no-iommu-group", `${without.join(", ")} is in no IOMMU group although other devices are: the IOMMU does not cover it.`, "Where it is an integrated GPU of an Intel host, have KernelArguments set intel_iommu=on; else leave this card to the host.", without)];
  }
  const tables = facts.iommu.firmwareTables;
  if (tables.kind === "value" && tables.value.length === 0) {
    return [refuse("iommu-firmware-off", "The firmware describes no IOMMU (no ACPI table DMAR, IVRS or IORT): no kernel argument can turn it on.", "Turn on VT-d, AMD-Vi or SMMU in the firmware's setup.")];
  }
  if (!desired.iommuWillBeOn) return [refuse("iommu-inactive", "The kernel runs without an IOMMU, and nothing in this stack turns it on.", "Add KernelArguments that do (Intel: intel_iommu=on; AMD: no amd_iommu=off) and let this binding know (iommuWillBeOn).")];
  if (tables.kind !== "value") return [refuse("iommu-unreadable", "Whether the firmware offers an IOMMU could not be read.", "Let the connection's user read /sys/firmware/acpi/tables (sudo), then preview again.")];
  return [pending(functions.map((each) => each.address))];
}

function pending(addresses: readonly string[]): Finding {
  return { rule: "group-not-known", severity: "note", addresses, says: "The IOMMU is off until the reboot, so it is not known which functions share a group.", remedy: "IommuVerification judges after the reboot; a bad group means not ready, and nothing more is touched." };
}

function images(facts: HostFacts): Finding[] {
  if (facts.initramfs.tool === "unknown") return [refuse("initramfs-unknown", "Neither initramfs-tools nor dracut was found: nothing is known that could bind early enough at boot.", "Bind by hand (driverctl), or install one of the two.")];
  const free = known(facts.initramfs.freeBootBytes);
  if (free !== undefined && free < IMAGE_BYTES) {
    return [refuse("boot-too-small", `/boot has ${Math.floor(free / 1048576)} MiB left, and one more image needs about ${IMAGE_BYTES / 1048576}.`, "Remove old kernels, then preview again.")];
  }
  return facts.initramfs.images.length > 0 ? [] : [refuse("initramfs-unknown", "No initial RAM file system was found in /boot.", "Let the connection's user list /boot.")];
}

function bootLoader(facts: HostFacts, functions: readonly PlannedFunction[]): Finding[] {
  const commands = functions.map(({ address, driver }) => `driverctl set-override ${address} ${driver}`).join("; ");
  return bootLoaderFindings(facts, { shouldExist: [], shouldNotExist: [] }).map((found) =>
    found.rule === "boot-loader-not-proven" ? { ...found, says: found.says.replace("changing them was proved", "trying a new image there was proved"), remedy: `Run there: ${commands}` } : found);
}

/** Kernel releases with an image, newest first. */
export function kernelsNewestFirst(facts: HostFacts): string[] {
  return [...facts.initramfs.images].sort((a, b) => b.localeCompare(a, "en", { numeric: true }));
}

/** The kernel that the default entry starts: what a trial image has to be built for. */
export function defaultKernel(facts: HostFacts): string | undefined {
  const entries = (known(facts.bootLoader.entries) ?? []).filter((entry) => entry.id !== "gpuhost-trial");
  const saved = known(facts.bootLoader.environment)?.get("saved_entry")?.split(">").at(-1);
  const next = printCommandLine(known(facts.kernelCommandLine.nextBoot) ?? []);
  const entry = entries.find((each) => saved !== undefined && saved !== "" && (each.id === saved || each.title === saved))
    ?? entries.find((each) => printCommandLine(parseCommandLine(each.arguments)) === next) ?? entries[0];
  const release = entry === undefined ? undefined : /\/vmlinuz-([^/]+)$/.exec(entry.kernel)?.[1];
  const newest = kernelsNewestFirst(facts);
  return release !== undefined && newest.includes(release) ? release : newest[0];
}
