import type { HostFacts, NovaManager } from "../facts/hostFacts";
import type { Finding } from "../readiness/finding";
import type { NovaAssignment } from "./novaDropIn";

/** Where each tool that rewrites Nova's files wants the lines instead. */
const places: Partial<Record<NovaManager["name"], string>> = {
  kolla: "Put these lines into /etc/kolla/config/nova/<host>/nova.conf on the deployment host, then `kolla-ansible reconfigure -t nova`",
  juju: "Set these on the charm: `juju config nova-compute pci-passthrough-whitelist=... pci-alias=...`",
  snap: "Set these on the snap: `snap set openstack-hypervisor compute.pci-device-specs=... compute.pci-aliases=...`",
  tripleo: "Put these lines into the role's NovaPCIPassthrough and NovaPCIAlias, then deploy",
  edpm: "Put these lines into a ConfigMap of the node set's nova service, then deploy",
};

/** The same for mediated devices, where the place is another one. */
const mdevPlaces: typeof places = {
  juju: "Set these on the charm: `juju config nova-compute-nvidia-vgpu vgpu-device-mappings=...`",
  snap: "The snap has no setting for these: give them to whoever manages it",
  tripleo: "Put these lines into the role's NovaVGPUTypesDeviceAddressesMapping, then deploy",
};

/**
 * A tool that rewrites the whole of Nova's configuration would take our file away, or never let the service see it: nothing is applied then, and the
 * lines are said. Tools that only may do so are warned about.
 */
export function foreignManagers(facts: HostFacts, wanted: readonly NovaAssignment[]): Finding[] {
  const lines = wanted.map(({ section, key, value }) => `[${section}] ${key} = ${value}`).join("; ");
  return (facts.nova.managers ?? []).map(({ name, evidence }): Finding => {
    const place = wanted.some(({ section }) => section === "devices") ? (mdevPlaces[name] ?? places[name]) : places[name];
    if (place === undefined) {
      return {
        rule: "foreign-manager", severity: "warn", addresses: [], says: `${name} works on this host (${evidence}) and may rewrite Nova's configuration.`,
        remedy: "Make sure that it leaves files it does not know in the drop-in directory.",
      };
    }
    return {
      rule: "foreign-manager", severity: "refuse", addresses: [], says: `${name} writes Nova's configuration on this host (${evidence}): a file of ours would get lost there, or never be read, so none is written.`,
      remedy: `${place}: ${lines === "" ? "nothing" : lines}.`,
    };
  });
}
