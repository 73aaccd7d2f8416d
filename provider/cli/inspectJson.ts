import type { HostFacts, KernelArgument, PciDevice } from "../facts/hostFacts";
import { known, type Reading } from "../facts/reading";
import type { GpuReport } from "../readiness/finding";
import type { Report } from "../readiness/judge";
import { judgeNova, novaFindings, type NovaReport } from "../readiness/nova/report";
import type { ModeReport } from "../readiness/sharing/mode";
import type { PlatformGpuReport } from "../readiness/sharing/platform";
import type { ParavirtualReport, SharingReport } from "../readiness/sharing/report";

interface JsonDevice {
  readonly address: string;
  readonly vendor: string | null;
  readonly device: string | null;
  readonly class: string | null;
  readonly driver: string | null;
  readonly iommuGroup: number | null;
  readonly upstream: readonly string[];
}

interface JsonGpu extends GpuReport {
  /** Every way of giving it to guests (docs/sharing-modes.md). */
  readonly modes: readonly ModeReport[];
}

/** The object of `gpuhost inspect --json`; null is "not known" or, for driver and group, "none". */
export interface InspectJson {
  readonly schema: 1;
  readonly fingerprint: string;
  readonly iommu: { readonly state: string; readonly kinds: readonly string[]; readonly groupsKnown: boolean };
  readonly kernelCommandLine: { readonly running: readonly KernelArgument[] | null; readonly nextBoot: readonly KernelArgument[] | null };
  readonly devices: readonly JsonDevice[];
  readonly gpus: readonly JsonGpu[];
  /** GPUs that are no PCI functions. */
  readonly platformGpus: readonly PlatformGpuReport[];
  readonly paravirtual: ParavirtualReport;
  readonly findings: Report["findings"];
  /** null: the host has no configuration of Nova. */
  readonly nova: NovaReport | null;
}

export function inspectJson(facts: HostFacts, report: Report, fingerprint: string, { cards, platformGpus, paravirtual }: SharingReport): InspectJson {
  const { state, kinds, groupsKnown } = facts.iommu;
  return {
    schema: 1,
    fingerprint,
    iommu: { state, kinds, groupsKnown },
    kernelCommandLine: { running: orNull(facts.kernelCommandLine.running), nextBoot: orNull(facts.kernelCommandLine.nextBoot) },
    devices: facts.pciDevices.map((device) => jsonDevice(device, facts)),
    gpus: report.gpus.map((gpu) => ({ ...gpu, modes: cards.get(gpu.address) ?? [] })),
    platformGpus,
    paravirtual,
    findings: [...report.findings, ...novaFindings(facts)],
    nova: judgeNova(facts) ?? null,
  };
}

function jsonDevice(device: PciDevice, facts: HostFacts): JsonDevice {
  const group = facts.iommu.groups.find(({ members }) => members.includes(device.address));
  return {
    address: device.address,
    vendor: orNull(device.vendor),
    device: orNull(device.device),
    class: orNull(device.class),
    driver: orNull(device.driver),
    iommuGroup: group?.number ?? null,
    upstream: device.upstream,
  };
}

function orNull<T>(reading: Reading<T>): T | null {
  return known(reading) ?? null;
}
