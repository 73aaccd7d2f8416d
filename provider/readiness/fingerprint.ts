import { createHash } from "node:crypto";
import { printCommandLine } from "../facts/commandLine";
import type { HostFacts } from "../facts/hostFacts";
import { known } from "../facts/reading";
import type { Report } from "./judge";

/**
 * A short text that is equal for two readings exactly when readiness rests on the same facts: kernel, command line, IOMMU, and for each
 * card its group's members with ids and drivers, reset methods and findings that refuse or warn. Left out is what changes without
 * meaning: boot id, group numbers, power states, speed of a link, who has a card open.
 */
export function fingerprint(facts: HostFacts, report: Report): string {
  const devices = new Map(facts.pciDevices.map((device) => [device.address, device]));
  const member = (address: string): readonly unknown[] => {
    const device = devices.get(address);
    if (device === undefined) return [address];
    return [address, known(device.vendor), known(device.device), known(device.subsystemVendor), known(device.subsystemDevice), known(device.driver)];
  };
  const basis = {
    kernel: known(facts.system.kernelRelease),
    commandLine: facts.kernelCommandLine.running.kind === "value" ? printCommandLine(facts.kernelCommandLine.running.value) : null,
    iommu: [facts.iommu.state, facts.iommu.kinds, facts.iommu.interruptRemapping],
    // Warnings about the host speak of the next boot; readiness rests on this one.
    findings: report.findings.filter(({ severity }) => severity === "refuse").map(({ rule, addresses }) => [rule, addresses]),
    gpus: report.gpus.map((gpu) => ({
      address: gpu.address,
      members: gpu.members.map(member),
      companions: gpu.companions.map(member),
      reset: known(devices.get(gpu.address)?.resetMethods ?? { kind: "absent" }),
      verdict: gpu.verdict,
      findings: gpu.findings.filter(({ severity }) => severity !== "note").map(({ rule, severity, addresses }) => [rule, severity, addresses]),
    })),
  };
  const text = JSON.stringify(basis, (_, of: unknown) => (of === undefined ? null : of));
  return createHash("sha256").update(text).digest("hex").slice(0, 20);
}
