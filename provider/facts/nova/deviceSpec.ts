import type { PciDevice } from "../hostFacts";
import { known } from "../reading";
import { addressMatches, anyAddress, globAddress, patternAddress, type AddressPattern } from "./address";
import { pythonHex } from "./python";

/** One dictionary of `[pci]device_spec`, as nova-compute understands it. */
export interface DeviceSpec {
  /** Four hex digits, lower case, or "*". */
  readonly vendorId: string;
  readonly productId: string;
  /** Undefined where a network interface is named instead. */
  readonly address: AddressPattern | undefined;
  readonly deviceName: string | undefined;
  /** Every other key, known to Nova or not. */
  readonly tags: ReadonlyMap<string, unknown>;
  /** The dictionary as it was written. */
  readonly written: Readonly<Record<string, unknown>>;
}

export type JsonObject = Readonly<Record<string, unknown>>;

/** The dictionaries of one value; a text says why nova-compute refuses the value in every release (nova/pci/whitelist.py, nova/pci/devspec.py). */
export function parseDeviceSpec(value: string): readonly DeviceSpec[] | string {
  const parsed = parseJson(value);
  if (typeof parsed === "string") return parsed;
  const entries = Array.isArray(parsed.json) ? parsed.json : [parsed.json];
  if (!Array.isArray(parsed.json) && !isObject(parsed.json)) return `it is ${JSON.stringify(parsed.json)}; Nova wants a JSON object or a list of them`;
  const specs: DeviceSpec[] = [];
  for (const entry of entries as unknown[]) {
    if (!isObject(entry)) return `the list holds ${JSON.stringify(entry)}; Nova wants JSON objects in it`;
    const spec = parseEntry(entry);
    if (typeof spec === "string") return spec;
    specs.push(spec);
  }
  return specs;
}

/** The JSON of a value, or why it is none, with the mistakes that people make. */
export function parseJson(value: string): { readonly json: unknown } | string {
  try {
    return { json: JSON.parse(value) as unknown };
  } catch {
    if (value === "") return "it is empty, which is no JSON";
    if (/^'/.test(value.trim())) return "it is no JSON: the quotes around a value that goes over several lines are part of it";
    if (/'\s*:/.test(value)) return "it is no JSON: names and texts need double quotes";
    if (/,\s*[}\]]/.test(value)) return "it is no JSON: there is a comma before a closing bracket";
    return "it is no JSON";
  }
}

export function isObject(of: unknown): of is JsonObject {
  return typeof of === "object" && of !== null && !Array.isArray(of);
}

function parseEntry(entry: JsonObject): DeviceSpec | string {
  const { vendor_id = "*", product_id = "*", address, devname, ...tags } = entry;
  const vendorId = parseId("vendor_id", typeof vendor_id === "string" ? vendor_id.trim() : vendor_id);
  const productId = parseId("product_id", product_id);
  const fault = [vendorId, productId].find(({ length }) => length > 4);
  if (fault !== undefined) return fault;
  const named = truthy(devname);
  if (truthy(address) && named) return "it has both address and devname, which exclude each other";
  const pattern = named ? undefined : parseAddress(address);
  if (typeof pattern === "string") return pattern;
  return { vendorId, productId, address: pattern, deviceName: named ? String(devname) : undefined, tags: new Map(Object.entries(tags)), written: entry };
}

/** Four digits or "*"; anything longer is the fault. */
function parseId(name: string, of: unknown): string {
  if (typeof of !== "string") return `${name} must be a text of hex digits, not ${JSON.stringify(of)}`;
  if (of === "*") return of;
  const id = pythonHex(of);
  if (id === undefined) return `${name} ${JSON.stringify(of)} does not parse as a hex number`;
  if (id > 0xffff) return `${name} ${of} is greater than FFFF`;
  return id < 0 ? `-${(-id).toString(16).padStart(3, "0").slice(-3)}` : id.toString(16).padStart(4, "0");
}

/** Python's notion of true. */
function truthy(of: unknown): boolean {
  if (Array.isArray(of)) return of.length > 0;
  return isObject(of) ? Object.keys(of).length > 0 : of !== undefined && of !== null && of !== "" && of !== 0 && of !== false;
}

function parseAddress(address: unknown): AddressPattern | string {
  if (!truthy(address)) return anyAddress;
  if (typeof address === "string") return globAddress(address);
  return isObject(address) ? patternAddress(address) : `address must be a text or an object, not ${JSON.stringify(address)}`;
}

/** Whether nothing narrows it down: every PCI function of the host would be offered. */
export function matchesEverything(spec: DeviceSpec): boolean {
  return spec.vendorId === "*" && spec.productId === "*" && spec.address !== undefined && Object.values(spec.address).every(({ kind }) => kind === "any");
}

/**
 * Functions of this host that it exposes. One whose ids were not read counts as matching only where ids do not matter. The one address of a
 * physical function takes in its virtual functions (WhitelistPciAddress.match).
 */
export function matchedDevices(spec: DeviceSpec, devices: readonly PciDevice[]): PciDevice[] {
  const address = spec.address;
  if (address === undefined) return [];
  const single = Object.values(address).every(({ kind, text }) => kind === "exact" || (kind === "pattern" && /^[0-9a-fA-F]*$/.test(text)));
  return devices.filter((device) => {
    const physical = known(device.physicalFunction);
    const ids = [[spec.vendorId, device.vendor], [spec.productId, device.device]] as const;
    return ids.every(([wanted, id]) => wanted === "*" || known(id) === wanted) && (addressMatches(address, device.address) || (single && physical !== undefined && addressMatches(address, physical)));
  });
}
