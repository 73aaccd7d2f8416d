import { nearest } from "../facts/nearest";
import { standardTraits } from "./standardTraits";

/** Resource classes that are not a cloud's own, as os-resource-classes 1.1.0 names them. */
const standardClasses = [
  "VCPU", "MEMORY_MB", "DISK_GB", "PCI_DEVICE", "SRIOV_NET_VF", "NUMA_SOCKET", "NUMA_CORE", "NUMA_THREAD", "NUMA_MEMORY_MB", "IPV4_ADDRESS", "VGPU",
  "VGPU_DISPLAY_HEAD", "NET_BW_EGR_KILOBIT_PER_SEC", "NET_BW_IGR_KILOBIT_PER_SEC", "PCPU", "MEM_ENCRYPTION_CONTEXT", "FPGA", "PGPU",
  "NET_PACKET_RATE_KILOPACKET_PER_SEC", "NET_PACKET_RATE_EGR_KILOPACKET_PER_SEC", "NET_PACKET_RATE_IGR_KILOPACKET_PER_SEC",
];

/** Why a name cannot follow `resources:`, as Nova judges it (api/validation/extra_specs/resources.py); undefined where it can. */
export function resourceClassProblem(name: string): string | undefined {
  return problem(name, "resource class", standardClasses);
}

/** Why a name cannot follow `trait:` (api/validation/extra_specs/traits.py); undefined where it can. */
export function traitProblem(name: string): string | undefined {
  return problem(name, "trait", standardTraits);
}

function problem(name: string, what: string, standard: readonly string[]): string | undefined {
  if (/^CUSTOM_[A-Z0-9_]+$/.test(name) && name.length <= 255) return undefined;
  if (standard.includes(name)) return undefined;
  if (/^custom_/i.test(name)) return `"${name}" is no ${what}: after CUSTOM_ come capital letters, digits and "_", 255 characters at most`;
  const meant = nearest(name, standard);
  if (meant !== undefined) return `"${name}" is no ${what} that Placement knows; did you mean "${meant}"?`;
  const custom = `CUSTOM_${name.toUpperCase().replace(/[^A-Z0-9_]/g, "_")}`;
  return `"${name}" is no ${what} that Placement knows; one of your own begins with CUSTOM_: "${custom}"`;
}

/** A group's suffix in `resourcesGROUP:` and `traitGROUP:`. */
export const groupName = /^[a-zA-Z0-9_-]{1,64}$/;
