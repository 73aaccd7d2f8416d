import type { HostFacts } from "../facts/hostFacts";
import { known } from "../facts/reading";
import type { Finding } from "../readiness/finding";

/** What weakens or switches off the isolation that passthrough rests on, wherever it comes from. Names with `_`. */
export const HARMFUL: readonly { readonly matches: RegExp; readonly says: string }[] = [
  { matches: /^pcie_acs_override(=|$)/, says: "it makes up isolation that the hardware does not have, so IOMMU groups prove nothing and no card of this host is ready" },
  { matches: /^pci=(disable_acs_redir|config_acs)=/, says: "it may take isolation between devices away, so IOMMU groups have to be doubted" },
  { matches: /^vfio_iommu_type1\.allow_unsafe_interrupts=(1|y|Y|on)$/, says: "guests may then inject interrupts into the host" },
  { matches: /^(intremap=(off|nosid)|nointremap)$/, says: "without interrupt remapping a guest may inject interrupts into the host" },
  { matches: /^(iommu=(off|soft|noforce)|intel_iommu=off|amd_iommu=off)$/, says: "it keeps the IOMMU off, and nothing can be given to a guest" },
];

/** Documented values (admin-guide/kernel-parameters.txt; Debian adds intgpu_off). A value with `=` inside is compared up to it. */
const VALUES: Readonly<Record<string, readonly string[]>> = {
  intel_iommu: ["on", "off", "igfx_off", "strict", "sp_off", "sm_on", "sm_off", "tboot_noforce", "intgpu_off", "forcedac"],
  amd_iommu: ["fullflush", "off", "force_isolation", "force_enable", "pgtbl_v1", "pgtbl_v2", "irtcachedis", "nohugepages", "v2_pgsizes_only"],
  intremap: ["on", "off", "nosid", "no_x2apic_optout", "nopost", "posted_msi"],
};

function warn(rule: string, says: string, remedy: string): Finding {
  return { rule, severity: "warn", addresses: [], says, remedy };
}

/** What is to be said of one argument that somebody asks for; `name` with `_`. */
export function argumentWarning(facts: HostFacts, name: string, value: string | null): Finding[] {
  const token = value === null ? name : `${name}=${value}`;
  const findings: Finding[] = [];
  const harm = HARMFUL.find(({ matches }) => matches.test(token));
  if (harm !== undefined) findings.push(warn("kernel-argument-harmful", `${token} is asked for: ${harm.says}.`, `Leave ${token} out.`));
  const valid = VALUES[name];
  if (valid !== undefined && (value === null || !valid.includes(value))) {
    findings.push(warn("kernel-argument-invalid", `${token} means nothing to the kernel, which knows ${valid.join(", ")}.${name === "amd_iommu" ? " An AMD IOMMU is on wherever firmware has it on." : ""}`, `Leave ${token} out.`));
  }
  findings.push(...otherVendor(facts, name, token), ...vfioIds(facts, name, token));
  const tables = known(facts.iommu.firmwareTables);
  if (token === "intel_iommu=on" && tables !== undefined && !tables.includes("DMAR") && known(facts.system.cpuVendor) === "intel") {
    findings.push(warn("iommu-firmware-off", "There is no DMAR table: firmware has the IOMMU off, and no kernel argument can turn it on.", "Turn on VT-d in the firmware's setup."));
  }
  return findings;
}

function otherVendor(facts: HostFacts, name: string, token: string): Finding[] {
  const vendor = known(facts.system.cpuVendor);
  const other = (name === "intel_iommu" && vendor === "amd") || (name === "amd_iommu" && vendor === "intel");
  return other ? [warn("kernel-argument-other-vendor", `${token} has no effect on this ${vendor === "amd" ? "AMD" : "Intel"} host.`, `Leave ${token} out here.`)] : [];
}

function vfioIds(facts: HostFacts, name: string, token: string): Finding[] {
  if (name !== "vfio_pci.ids") return [];
  const builtin = known(facts.modules.builtin);
  const says = builtin?.has("vfio_pci") === true
    ? `${token} takes every card of these ids from the host, also one that is to stay.`
    : `${token} counts only once vfio-pci is loaded, which is a module here: the card's own driver is often first. It also takes every card of these ids.`;
  return [warn("kernel-argument-ids-wide", says, "Use VfioBinding, which binds by address, early enough.")];
}
