import type { HostFacts, PciDevice } from "../../facts/hostFacts";
import { known } from "../../facts/reading";
import { acsOff } from "../acsControl";
import type { Card } from "../card";
import type { Finding } from "../finding";
import { isQuirkedPort } from "../isolatingPorts";
import { cardFinding, type Rule } from "../rule";

/** Root port, and downstream port of a switch (include/uapi/linux/pci_regs.h). */
const rootPort = 4;
const downstreamPort = 6;

/**
 * Compares the ports on the way up from the card with the kernel's claim that they isolate it (drivers/iommu/iommu.c, pci_device_group). A port in the
 * card's own group claims nothing, and without IOMMU nobody has turned ACS on. A port without the capability may be isolated by a quirk
 * (drivers/pci/quirks.c), which the config space does not show.
 */
export const acsShown: Rule = {
  card(card, facts) {
    return card.upstream.flatMap((port): Finding[] => finding(card, port, facts) ?? []);
  },
};

function finding(card: Card, port: PciDevice, facts: HostFacts): Finding[] | undefined {
  const config = known(port.config);
  if (config === undefined || facts.iommu.state !== "active" || card.group === undefined || card.members.includes(port)) return undefined;
  const type = known(config.pcieType);
  if (type !== rootPort && type !== downstreamPort) return undefined;
  if (config.acs.kind === "absent") return [withoutCapability(card, port, type)];
  if (config.acs.kind !== "value") return undefined;
  const { off } = acsOff(config.acs.value);
  if (off.length === 0) return undefined;
  const says = `The kernel counts the port ${port.address} above the card as isolating, but its ACS control register shows ${off.join(", ")} off: something changed it after the groups were formed.`;
  return [cardFinding("acs-not-shown", "warn", card, [port.address], says, "Find what changes ACS (setpci, firmware), and reboot.")];
}

/** A root port may end all traffic by its own design; a switch between two cards passes it on unless somebody vouches for it. */
function withoutCapability(card: Card, port: PciDevice, type: number): Finding {
  const claim = `The kernel counts the port ${port.address} above the card as isolating, but the port shows no ACS`;
  if (isQuirkedPort(port)) {
    return cardFinding("acs-not-shown", "note", card, [port.address], `${claim}: its vendor vouches for it, and the kernel has that in its list of quirks.`, "Nothing to do: this is how the kernel knows it.");
  }
  if (type === downstreamPort) {
    const says = `${claim}: it is a port of a PCIe switch that no quirk of the kernel names, so that the isolation is asserted and not proven.`;
    return cardFinding("acs-not-shown", "warn", card, [port.address], says, "Ask the vendor of the board whether the switch isolates its ports, and look for patches of the kernel that make up ACS.");
  }
  return cardFinding("acs-not-shown", "note", card, [port.address], `${claim}: it is isolated by a kernel quirk or by hardware.`, "Nothing to do where the platform's vendor confirms the isolation.");
}
