import type { HostFacts } from "../../facts/hostFacts";
import { known } from "../../facts/reading";
import type { Card } from "../card";
import type { Finding } from "../finding";
import { cardFinding, type Rule } from "../rule";

const gibibyte = 2 ** 30;
/** From here on a guest's firmware needs to be told; smaller ones fit into what it sets aside. */
const large = 32 * gibibyte;
/** Physical address bits of QEMU's CPU models unless they are told otherwise (target/i386/cpu.c, TCG_PHYS_ADDR_BITS). */
const usualGuestBits = 40;

/** Memory regions without room on this host, and regions that are large for a guest. */
export const memoryRegions: Rule = {
  card(card, facts) {
    const bars = card.device.bars === undefined ? [] : (known(card.device.bars) ?? []);
    const homeless = bars.filter(({ assigned }) => !assigned);
    return [...unassigned(card, homeless.map(({ index, bytes }) => (bytes === undefined ? `${index}` : `${index} (${shown(bytes)})`))), ...tooLarge(card, Math.max(0, ...bars.map(({ bytes = 0 }) => bytes)), facts)];
  },
};

function unassigned(card: Card, regions: readonly string[]): Finding[] {
  if (regions.length === 0) return [];
  const says = `The kernel found no room for memory region ${regions.join(", ")} of ${card.device.address}: no driver can use the card, and neither can a guest's.`;
  return [cardFinding("region-unassigned", "warn", card, [], says, "Turn on Above 4G Decoding in the firmware setup, and Resizable BAR where the card has it; else try pci=realloc.")];
}

function tooLarge(card: Card, bytes: number, facts: HostFacts): Finding[] {
  if (bytes < large) return [];
  const bits = facts.system.physicalAddressBits === undefined ? undefined : known(facts.system.physicalAddressBits);
  const host = bits === undefined ? "" : `; the host's addresses have ${bits} bits`;
  const says = `${card.device.address} has a memory region of ${shown(bytes)}: a guest needs a 64-bit window for it, and with the ${usualGuestBits} address bits of QEMU's usual CPU models a few such cards and large memory do not fit together${host}.`;
  return [cardFinding("large-region", "note", card, [], says, "Start such guests with UEFI, and with the host's address bits (Nova: hw_maxphysaddr_mode=passthrough of the image, from 2024.1 on, or cpu_mode host-passthrough).")];
}

function shown(bytes: number): string {
  const units = [["TiB", 2 ** 40], ["GiB", gibibyte], ["MiB", 2 ** 20]] as const;
  const [unit, size] = units.find(([, of]) => bytes >= of) ?? ["KiB", 1024];
  return `${bytes / size} ${unit}`;
}
