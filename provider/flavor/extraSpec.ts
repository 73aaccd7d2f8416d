import { distance, nearest } from "../facts/nearest";
import { knownFamilies, knownSpecs } from "./knownSpecs";
import { misfit, type ExtraSpecValue } from "./valueForm";

/** Extra specs that a field of GpuFlavor stands for, and that field. */
const fields: ReadonlyMap<string, string> = new Map([
  ["pci_passthrough:alias", "devices"],
  ["hw:pci_numa_affinity_policy", "numaAffinityPolicy"],
  ["hw:hide_hypervisor_id", "hideHypervisorId"],
  ["hide_hypervisor_id", "hideHypervisorId"],
  ["hw:locked_memory", "lockedMemory"],
  ["hw:mem_page_size", "memPageSize"],
  ["hw:viommu_model", "viommuModel"],
  ["group_policy", "groupPolicy"],
]);

const namespaces = [
  ...new Set([...knownSpecs.keys(), ...knownFamilies.map((family) => family.example)].map((name) => name.slice(0, name.indexOf(":")))),
  "pci_passthrough", "resources", "trait",
];

/**
 * Why an extra spec is refused, as a sentence; undefined where Nova takes it. Nova's API checks names and values from microversion 2.86 on
 * (nova/api/validation/extra_specs/validators.py); @pulumi/openstack speaks an older one, so that without this a misspelt key is kept and
 * never looked at. As in Nova, a name in a namespace that is not Nova's own is the cloud's business, unless it is a typing error away from one.
 */
export function extraSpecProblem(name: string, given: ExtraSpecValue): string | undefined {
  if (!/^[a-zA-Z0-9_:. -]{1,255}$/.test(name)) return `"${name}" is no name of an extra spec: letters, digits, space and "-_:." are allowed, 255 at most`;
  const field = fields.get(name);
  if (field !== undefined) return `"${name}" is what the field ${field} stands for: write it there`;
  if (/^(resources|trait)[a-zA-Z0-9_-]{0,64}:/.test(name)) return `"${name}" is what the fields resources, traits and groups stand for: write it there`;
  if (/^hw:maxphysaddr_(mode|bits)$/.test(name)) return maxphysaddr(name);
  const form = knownSpecs.get(name) ?? knownFamilies.find((family) => family.name.test(name))?.form;
  return form === undefined ? unknownName(name) : misfit(form, given);
}

function maxphysaddr(name: string): string {
  return `Nova reads "${name}" of a flavor, but its API refuses it from microversion 2.86 on, so that nobody could write this flavor again with another client. ` +
    `Set it on the image instead: openstack image set --property ${name.replace("hw:", "hw_")}=... IMAGE`;
}

function unknownName(name: string): string | undefined {
  const [namespace = "", rest] = name.split(/:(.*)/s);
  const names = [...knownSpecs.keys(), ...fields.keys(), ...knownFamilies.map((family) => family.example)];
  const meant = nearest(name, names);
  if (rest !== undefined && namespaces.includes(namespace)) {
    return `Nova knows no "${name}"; ${meant === undefined ? `see its list of extra specs for what "${namespace}:" has` : `did you mean "${meant}"?`}`;
  }
  if (meant !== undefined && distance(name, meant) <= 2) return `"${name}" is not known to Nova and would be kept and never looked at; did you mean "${meant}"?`;
  // A short namespace such as "os" is near to too much to be taken for a typing error.
  const space = rest === undefined ? undefined : namespaces.find((one) => one.length > 4 && distance(namespace, one) <= 2);
  return space === undefined ? undefined : `"${namespace}:" is not known to Nova, and "${name}" would be kept and never looked at; did you mean "${space}:"?`;
}
