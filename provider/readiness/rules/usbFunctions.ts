import type { PciDevice } from "../../facts/hostFacts";
import { slotOf } from "../../facts/pciAddress";
import { isOfClass } from "../deviceClass";
import type { Finding } from "../finding";
import { cardFinding, type Rule } from "../rule";

const isUsb = (device: PciDevice): boolean => isOfClass(device, "0c03");

/**
 * USB functions of one slot are one controller: ports move between them (an EHCI function hands slow devices to its UHCI or OHCI companions), and
 * without ACS between them they reach each other. What is plugged into a function of the card goes to the guest.
 */
export const usbFunctions: Rule = {
  card(card, facts) {
    const given = new Set(card.given.map(({ address }) => address));
    const apart = card.bystanders.filter(isUsb).flatMap((usb): Finding[] => {
      const rest = facts.pciDevices.filter((other) => isUsb(other) && slotOf(other.address) === slotOf(usb.address) && !given.has(other.address)).map(({ address }) => address);
      if (rest.length === 0) return [];
      const says = `${usb.address} is one function of a USB controller whose other functions (${rest.join(", ")}) are outside the card's group: they are a package, and would be torn apart.`;
      return [cardFinding("usb-functions-apart", "warn", card, [usb.address, ...rest], says, "Give all functions of the controller to the guest, or move the card to another slot.")];
    });
    const plugged = card.uses.filter(({ kind, address }) => kind === "input" && given.has(address)).map((use) =>
      cardFinding("usb-device-attached", "warn", card, [use.address], `${use.address} would go to the guest with the card, and ${use.says}.`, "Plug it into a USB port of the host."));
    return [...apart, ...plugged];
  },
};
