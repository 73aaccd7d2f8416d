import { known } from "../../facts/reading";
import type { HostFacts } from "../../facts/hostFacts";
import { switchesAbove } from "../boards";
import { isGpu } from "../card";
import { hostFinding, type Rule } from "../rule";

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
  const bySwitch = new Map<string, string[]>();
  for (const device of facts.pciDevices.filter((each) => isGpu(each) && known(each.vendor) === "10de")) {
    const [nearest] = switchesAbove(device, facts);
    if (nearest !== undefined) bySwitch.set(nearest, [...(bySwitch.get(nearest) ?? []), device.address]);
  }
  return [...bySwitch.values()];
}
