import { known } from "../facts/reading";
import type { HostFacts } from "../facts/hostFacts";

/**
 * Keys of a plan's lines: what is touched, in the words a preview shows before the colon. They are compared between the reviewed plan and
 * today's, so they hold nothing that changes from read to read.
 */
export const host = "host";
export const bootEntries = "boot entries";
export const initramfs = "initramfs";

export function file(path: string): string {
  return `file ${path}`;
}

/** "device 0000:65:00.0 (10de:20b5)"; without the ids where they could not be read. */
export function device(facts: HostFacts, address: string): string {
  const found = facts.pciDevices.find((each) => each.address === address);
  const vendor = found && known(found.vendor);
  const product = found && known(found.device);
  return vendor !== undefined && product !== undefined ? `device ${address} (${vendor}:${product})` : `device ${address}`;
}
