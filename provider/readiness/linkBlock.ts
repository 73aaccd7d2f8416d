import type { PciDevice } from "../facts/hostFacts";
import { known } from "../facts/reading";

/** What a tool of the vendor can do about the links of a generation, and which reset undoes it. */
interface LinkBlock {
  /** What blocks the links; undefined: nothing that is known. */
  readonly by: string | undefined;
  readonly until: string;
}

const byTools = "NVIDIA's gpu-admin-tools (--block-all-nvlinks)";

/**
 * By device ids of NVIDIA, each row up to the next (pci.ids). Source: gpu-admin-tools (does_flr_reenable_links, is_reset_needed_after_blocking; README for
 * what is supported); of V100, what its links were seen to do in passthrough on POWER9.
 */
const generations: readonly (readonly [from: number, block: LinkBlock])[] = [
  [0x0000, { by: undefined, until: "No tool of NVIDIA's blocks links of this generation (Pascal, Volta). A link that somebody disabled stays so until a secondary bus reset; a function level reset changes nothing, and a guest's driver trains what is enabled." }],
  [0x2000, { by: byTools, until: "In this generation (GA100) a block lasts until a secondary bus reset; a function level reset leaves it." }],
  [0x2100, { by: undefined, until: "No tool of NVIDIA's is known to block links of this generation (GA10x)." }],
  [0x2300, { by: byTools, until: "From this generation (Hopper) on a function level reset ends a block, and VFIO makes one around every guest: it has to be set anew for each, and partitions are what lasts." }],
];

function linkBlock(device: PciDevice): LinkBlock {
  if (known(device.vendor) !== "10de") return { by: undefined, until: "Nothing is known that blocks links of this vendor's cards; its host driver gim keeps virtual functions apart (fb_sharing_mode=1)." };
  const id = Number.parseInt(known(device.device) ?? "", 16);
  return generations.filter(([from]) => id >= from).at(-1)?.[1] ?? { by: undefined, until: "Its generation is not known, so neither is what blocks its links." };
}

/** What blocks the links of this card, until which reset, and which of the two the kernel would use. */
export function blockingLinks(device: PciDevice): { readonly by: string | undefined; readonly until: string } {
  const { by, until } = linkBlock(device);
  const first = known(device.resetMethods)?.[0];
  if (by === undefined) return { by, until };
  const used = first === "bus" ? " The kernel resets this card by its bus, which ends it." : first === "flr" ? " The kernel resets this card at function level first." : "";
  return { by, until: `${until}${used}` };
}
