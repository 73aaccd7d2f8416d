import type { PciDevice } from "../facts/hostFacts";
import { known } from "../facts/reading";

/**
 * Ports without ACS capability that the kernel takes for isolating on the vendor's word, by vendor, with ranges of device ids: drivers/pci/quirks.c,
 * pci_dev_acs_enabled, as of 6.12. Endpoints of that table are left out: only ports stand above a card.
 */
const quirkedPorts: Readonly<Record<string, string>> = {
  // PCH root ports up to the 9 series.
  "8086": "3b42-3b51 1c10-1c1f 1e10-1e1f 8c10-8c1f 9c10-9c1b 9c90-9c9b 1d10 1d12 1d14 1d16 1d18 1d1a 1d1c 1d1e 8d10-8d1e 8c90 8c92 8c94 8c96 8c98 8c9a 8c9c 8c9e",
  // Qualcomm, HXT, Cavium, X-Gene, Ampere, Broadcom, Annapurna Labs, Zhaoxin, NXP.
  "17cb": "0400 0401 0115",
  "1dbf": "0401",
  "177d": "a000-a7ff af84 b884",
  "10e8": "e004",
  "1def": "e005-e00c",
  "14e4": "d714",
  "1c36": "0031",
  "1d17": "0710-071e 0721 0723-0752",
  "1957": "8d80-8d83 8d88-8d8b 8d90-8d93 8d98-8d9b 8da0 8da1 8da8 8da9 8db0 8db1 8db8 8db9",
};

/** Whether the kernel vouches for a port that shows no ACS; not for one whose ids were not read. */
export function isQuirkedPort(port: PciDevice): boolean {
  const [vendor = "", device = ""] = [known(port.vendor), known(port.device)];
  return (quirkedPorts[vendor]?.split(" ") ?? []).some((range) => {
    const [from = range, to = from] = range.split("-");
    return from <= device && device <= to;
  });
}
