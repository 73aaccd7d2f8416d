import { known } from "../../facts/reading";
import { isVfioDriver } from "../card";
import { cardFinding, type Rule } from "../rule";

/** The firmware's console is on this card (boot_vga, drivers/pci/vgaarb.c): whoever sits there sees nothing once it is given away. */
export const bootDisplay: Rule = {
  card(card) {
    if (known(card.device.bootVga) !== true) return [];
    const bound = isVfioDriver(known(card.device.driver));
    const says = `${card.device.address} is the display the host booted on: ${bound ? "the host has no console on it any more" : "the console goes dark when it changes to vfio-pci"}.`;
    return [cardFinding("boot-display", bound ? "note" : "warn", card, [], says, "Have another way to the console (serial, BMC), or make another display the first one in the firmware setup.")];
  },
};
