import type { HostFacts, PciDevice } from "../facts/hostFacts";
import { known } from "../facts/reading";
import type { Finding } from "../readiness/finding";
import type { Report } from "../readiness/judge";
import { judgeNova, novaFindings } from "../readiness/nova/report";
import type { SharingReport } from "../readiness/sharing/report";
import { contextLines, modeLines } from "./modeTables";
import { table, wrap } from "./table";

const width = 110;

/** The report for people: the host, its cards, how each can be given to guests, then every finding with its remedy. */
export function inspectTables(name: string, facts: HostFacts, report: Report, fingerprint: string, sharing: SharingReport, policy?: string): string {
  const modes = modeLines(sharing);
  const sections = [hostLines(name, facts, fingerprint, policy), cardLines(facts, report), modes, modes.length === 0 ? [] : contextLines(sharing.paravirtual), titled("Host", findingLines(report.findings)), ...cardSections(report), ...novaSections(facts)];
  return `${sections.filter((lines) => lines.length > 0).map((lines) => lines.join("\n")).join("\n\n")}\n`;
}

function hostLines(name: string, facts: HostFacts, fingerprint: string, policy: string | undefined): string[] {
  const { iommu } = facts;
  const remapping = { remapped: "interrupts remapped", "not-remapped": "interrupts not remapped", "not-applicable": "interrupts isolated by the platform", unknown: "interrupt remapping unknown" };
  const system = known(facts.system.osRelease)?.prettyName;
  const kernel = known(facts.system.kernelRelease);
  const kinds = iommu.kinds.length > 0 ? ` (${iommu.kinds.join(", ")})` : "";
  const rows: [string, string][] = [
    ["Host", [name, system, kernel === undefined ? undefined : `kernel ${kernel}`].filter((part) => part !== undefined).join(", ")],
    ["IOMMU", `${iommu.state}${kinds}${iommu.state === "active" ? `, ${iommu.groups.length} groups, ${remapping[iommu.interruptRemapping]}` : ""}`],
    ["Fingerprint", fingerprint],
    ...(policy === undefined ? [] : [["Policy", policy] satisfies [string, string]]),
  ];
  return rows.map(([label, text]) => `${label.padEnd(13)}${text}`);
}

function cardLines(facts: HostFacts, report: Report): string[] {
  if (report.gpus.length === 0) return ["No GPU that could be given to a guest."];
  const devices = new Map(facts.pciDevices.map((device) => [device.address, device]));
  const rows = report.gpus.map((gpu) => {
    const device = devices.get(gpu.address);
    const others = gpu.members.filter((member) => member !== gpu.address);
    return [gpu.address, ids(device), (device === undefined ? undefined : known(device.driver)) ?? "-", String(gpu.iommuGroup ?? "-"), gpu.verdict, others.length === 0 ? "alone" : others.map((address) => shortened(address, gpu.address)).join(" ")];
  });
  return table(["GPU", "ID", "DRIVER", "GROUP", "VERDICT", "WITH IT IN THE GROUP"], rows);
}

function ids(device: PciDevice | undefined): string {
  return device === undefined ? "-" : `${known(device.vendor) ?? "????"}:${known(device.device) ?? "????"}`;
}

/** Functions of the same slot are shown as ".1". */
function shortened(address: string, of: string): string {
  const slot = of.slice(0, of.lastIndexOf("."));
  return address.startsWith(`${slot}.`) ? address.slice(slot.length) : address;
}

/** Cards of which the same is to be said share a section. */
function cardSections(report: Report): string[][] {
  const sections = new Map<string, { readonly addresses: string[]; readonly lines: string[] }>();
  for (const gpu of report.gpus) {
    const lines = findingLines(gpu.findings);
    const key = lines.join("\n");
    const same = sections.get(key);
    if (same === undefined) sections.set(key, { addresses: [gpu.address], lines });
    else same.addresses.push(gpu.address);
  }
  return [...sections.values()].map(({ addresses, lines }) => titled(addresses.join(", "), lines));
}

/** Every value of Nova's configuration with what Nova makes of it, then what is to be said of all of them. */
function novaSections(facts: HostFacts): string[][] {
  const nova = judgeNova(facts);
  if (nova === undefined) return [];
  const values = [...nova.deviceSpec, ...nova.alias].flatMap(({ option, value, file, verdict, why }) => [
    ...wrap(`${option} = ${value}`, width - 10).map((line, index) => (index === 0 ? `  ${verdict.padEnd(6)}  ${line}` : `          ${line}`)),
    ...wrap(`${file}: ${why}`, width - 10).map((line) => `          ${line}`),
  ]);
  const files = nova.files.map(({ path }) => path).join(", ");
  return [[...wrap(files === "" ? "Nova: no file that a service reads" : `Nova reads ${files}`, width), ...values, ...findingLines(novaFindings(facts))]];
}

function titled(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : [...wrap(title, width), ...lines];
}

function findingLines(findings: readonly Finding[]): string[] {
  return findings.flatMap((finding) => {
    const indent = " ".repeat(10);
    const [first = "", ...more] = wrap(`${finding.rule}: ${finding.says}`, width - indent.length);
    return [
      `  ${finding.severity.padEnd(6)}  ${first}`,
      ...more.map((line) => `${indent}${line}`),
      ...wrap(`-> ${finding.remedy}`, width - indent.length).map((line) => `${indent}${line}`),
    ];
  });
}
