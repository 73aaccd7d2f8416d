import type { PciDevice } from "../facts/hostFacts";
import { known } from "../facts/reading";

/**
 * Displays of board-management controllers: they show the host's console to whoever manages it and are never given away.
 * Names from pci.ids; "*" is every device of a vendor.
 */
const boardManagementDisplays: ReadonlyMap<string, string> = new Map([
  ["1a03:*", "ASPEED"],
  ["102b:*", "Matrox G200 and its successors in BMCs"],
  ["19e5:1711", "Huawei Hi171x"],
  ["18ca:0020", "XGI Volari Z7"],
  ["18ca:0021", "XGI Volari Z9"],
  ["18ca:0027", "XGI Volari Z11"],
  ["126f:0750", "Silicon Motion SM750"],
  ["1002:515e", "ATI ES1000"],
]);

export function isBoardManagementDisplay(device: PciDevice): boolean {
  const vendor = known(device.vendor);
  if (vendor === undefined) return false;
  return boardManagementDisplays.has(`${vendor}:*`) || boardManagementDisplays.has(`${vendor}:${known(device.device) ?? ""}`);
}

/** NVSwitches of HGX boards (pci.ids: GA100, GH100 NVSwitch). */
const nvswitches = new Set(["1ac1", "1ac2", "1af1", "22a3"]);

export function isNvSwitch(device: PciDevice): boolean {
  return known(device.vendor) === "10de" && nvswitches.has(known(device.device) ?? "") && (known(device.class) ?? "0680").startsWith("0680");
}

interface ResetRisk {
  readonly vendor: string;
  readonly from: string;
  readonly to: string;
  readonly says: string;
}

/** Cards whose listed reset is known to fail; ranges of device ids. Sources: kernel drivers/pci/quirks.c and public trackers of the drivers. */
const resetRisks: readonly ResetRisk[] = [
  { vendor: "10de", from: "2b85", to: "2b8c", says: "a function level reset of this model (GB202) was reported to hang the host" },
  { vendor: "1002", from: "738c", to: "738e", says: "this model (MI100) is reported to need the out-of-tree vendor-reset module" },
  { vendor: "1002", from: "6860", to: "687f", says: "this model (Vega 10) is reported to need the out-of-tree vendor-reset module" },
  { vendor: "1002", from: "7310", to: "731f", says: "this model (Navi 10) is reported to need the out-of-tree vendor-reset module" },
  { vendor: "1002", from: "74a0", to: "74a9", says: "the physical function of this model (MI300) was reported dead after a reset by VFIO until the host rebooted" },
];

export function knownResetRisk(device: PciDevice): string | undefined {
  const [vendor, id] = [known(device.vendor), known(device.device)];
  return id === undefined ? undefined : resetRisks.find((risk) => risk.vendor === vendor && risk.from <= id && id <= risk.to)?.says;
}
