import type { Progress } from "../cache";
import { bindTo } from "./binding";
import { cloudPassword, tellPassword } from "./cloudPassword";
import type { LabHost } from "../labHost";
import { NovaCompute } from "./novaCompute";
import { topologies } from "../topology";

/** What Nova may give away on a host that waits: one card by address, two kinds by id, and the names flavors use for them. */
export const waitingConfiguration = `[pci]
report_in_placement = true
device_spec = {"vendor_id": "1234", "product_id": "1111", "address": "0000:01:00.0"}
device_spec = {"vendor_id": "8086", "product_id": "10d3"}
device_spec = {"vendor_id": "1002", "product_id": "5046", "resource_class": "CUSTOM_GPU_LAB", "traits": "CUSTOM_BRIDGED"}
device_spec = {"vendor_id": "1b36", "product_id": "0010"}
alias = {"name": "gpu", "vendor_id": "1234", "product_id": "1111", "device_type": "type-PCI"}
alias = {"name": "nic", "vendor_id": "8086", "product_id": "10d3", "device_type": "type-PCI"}
alias = {"name": "bridged", "resource_class": "CUSTOM_GPU_LAB", "device_type": "type-PCI"}
alias = {"name": "sriovpf", "vendor_id": "1b36", "product_id": "0010", "device_type": "type-PF"}
alias = {"name": "sriovpci", "vendor_id": "1b36", "product_id": "0010", "device_type": "type-PCI"}

[filter_scheduler]
pci_in_placement = true
`;
export const waitingConfigurationFile = "/etc/nova/nova.conf.d/lab.conf";

/** Bound to vfio-pci on a host that waits: the card with its companion, and the network card. */
export const waitingFunctions: readonly string[] = ["gpu", "nic"].flatMap((name) => topologies.compute.cards[name]!.functions);

/**
 * From a booted compute host with the IOMMU on to one whose nova-compute has done all that it can do alone and waits for
 * its message bus, which is not there. No database has left a trace in it yet, so that it fits every control plane.
 */
export async function startWaiting(host: LabHost, progress: Progress): Promise<void> {
  await tellPassword(host, cloudPassword());
  await host.read(`cat >${waitingConfigurationFile}`, { input: waitingConfiguration });
  await bindTo(host, "vfio-pci", waitingFunctions);
  progress("asking libvirt what it can do: kept on disk from now on");
  await host.read("virsh -q domcapabilities >/dev/null && virsh -q capabilities >/dev/null");
  progress("starting nova-compute");
  const nova = new NovaCompute(host);
  await nova.start();
  await nova.waitForLog(/Connection failed/, 300);
}

/** What a saved state depends on beyond its image, to hash. */
export function waitingContent(): string {
  return [waitingConfiguration, ...waitingFunctions, cloudPassword()].join("\n");
}
