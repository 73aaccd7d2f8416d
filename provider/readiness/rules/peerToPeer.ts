import { known } from "../../facts/reading";
import type { HostFacts, PciDevice } from "../../facts/hostFacts";
import { isGpu } from "../card";
import { hostFinding, type Rule } from "../rule";

/** Upstream port of a PCIe switch (include/uapi/linux/pci_regs.h). */
const upstreamPort = 5;

/**
 * NVIDIA cards below one PCIe switch could copy to each other inside a guest, if QEMU told its driver so (x-nv-gpudirect-clique of vfio-pci, QEMU 2.11).
 * Neither libvirt's XML nor Nova has a word for it, and ACS sends such traffic through the root complex all the same.
 */
export const peerToPeer: Rule = {
  host(facts) {
    const cliques = cliquesOf(facts).filter((members) => members.length > 1);
    if (cliques.length === 0) return [];
    const says = `NVIDIA cards that share a PCIe switch: ${cliques.map((members) => members.join(" and ")).join("; ")}. A guest with such cards does not learn of it: QEMU could say it (x-nv-gpudirect-clique), Nova has no setting for it.`;
    return [hostFinding("peer-to-peer-unknown-to-guest", "note", says, "Expect copies between cards of one guest to go through the guest's memory.", cliques.flat())];
  },
};

function cliquesOf(facts: HostFacts): string[][] {
  const byAddress = new Map(facts.pciDevices.map((device) => [device.address, device]));
  const bySwitch = new Map<string, string[]>();
  for (const device of facts.pciDevices.filter((each) => isGpu(each) && known(each.vendor) === "10de")) {
    const above = [...device.upstream].reverse().find((address) => isUpstreamPort(byAddress.get(address)));
    if (above !== undefined) bySwitch.set(above, [...(bySwitch.get(above) ?? []), device.address]);
  }
  return [...bySwitch.values()];
}

function isUpstreamPort(device: PciDevice | undefined): boolean {
  const config = device === undefined ? undefined : known(device.config);
  return config !== undefined && known(config.pcieType) === upstreamPort;
}
