import type { PciDevice } from "../facts/hostFacts";
import { known } from "../facts/reading";
import type { KnownDevice, KnownDevices } from "./deviceKnowledge";
import { deviceTable } from "./deviceTable";

/**
 * Displays of board-management controllers: they show the host's console to whoever manages it and are never given away.
 * ASPEED; Matrox G200 and its successors; Huawei Hi171x; XGI Volari Z7, Z9, Z11; Silicon Motion SM750; ATI ES1000 (pci.ids). "*" is every device of a vendor.
 */
const boardManagementDisplays: ReadonlySet<string> = new Set(["1a03:*", "102b:*", "19e5:1711", "18ca:0020", "18ca:0021", "18ca:0027", "126f:0750", "1002:515e"]);

export function isBoardManagementDisplay(device: PciDevice): boolean {
  const [ofVendor, ofModel] = [`${known(device.vendor) ?? "?"}:*`, modelOf(device)];
  return boardManagementDisplays.has(ofVendor) || boardManagementDisplays.has(ofModel);
}

/** "10de:20b5"; "?" stands for what was not read, and is no id. */
function modelOf(device: PciDevice): string {
  return `${known(device.vendor) ?? "?"}:${known(device.device) ?? "?"}`;
}

/** NVSwitches of HGX boards (pci.ids: GA100, GH100 NVSwitch). */
const nvswitches = new Set(["1ac1", "1ac2", "1af1", "22a3"]);

export function isNvSwitch(device: PciDevice): boolean {
  return known(device.vendor) === "10de" && nvswitches.has(known(device.device) ?? "") && (known(device.class) ?? "0680").startsWith("0680");
}

/** Built-in data, then the policy's, ids with a subsystem after ids without: field by field, the later one counts. Undefined: nothing is known. */
export function knownDevice(device: PciDevice, ofPolicy: KnownDevices = {}): KnownDevice | undefined {
  const short = modelOf(device);
  const full = `${short}:${known(device.subsystemVendor) ?? "?"}:${known(device.subsystemDevice) ?? "?"}`;
  const found = [deviceTable.get(short), ofPolicy[short], ofPolicy[full]];
  return found.every((entry) => entry === undefined) ? undefined : Object.assign({}, ...found) as KnownDevice;
}

/** False: the policy tells boards of this model apart, and the ids of this one's board could not be read. */
export function isModelKnown(device: PciDevice, ofPolicy: KnownDevices = {}): boolean {
  if (device.subsystemVendor.kind === "value" && device.subsystemDevice.kind === "value") return true;
  return !Object.keys(ofPolicy).some((ids) => ids.startsWith(`${modelOf(device)}:`));
}

export function knownResetRisk(device: PciDevice, ofPolicy?: KnownDevices): string | undefined {
  const risk = knownDevice(device, ofPolicy)?.resetRisk;
  return risk === false ? undefined : risk;
}
