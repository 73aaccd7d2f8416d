/** `0000:65:00.0`: domain, bus, device, function. Domains of more than four digits occur (VMD). Linux writes it in lower case. */
export interface PciAddress {
  readonly domain: number;
  readonly bus: number;
  readonly device: number;
  readonly function: number;
}

const form = /^([0-9a-f]{4,8}):([0-9a-f]{2}):([01][0-9a-f])\.([0-7])$/;
const inPath = /(?<![0-9a-f])[0-9a-f]{4,8}:[0-9a-f]{2}:[01][0-9a-f]\.[0-7](?![0-9a-f:])/g;

export function parsePciAddress(text: string): PciAddress | undefined {
  const match = form.exec(text);
  if (match === null) return undefined;
  const [domain = 0, bus = 0, device = 0, fn = 0] = match.slice(1).map((part) => Number.parseInt(part, 16));
  return { domain, bus, device, function: fn };
}

export function printPciAddress(address: PciAddress): string {
  const hex = (of: number, digits: number): string => of.toString(16).padStart(digits, "0");
  return `${hex(address.domain, 4)}:${hex(address.bus, 2)}:${hex(address.device, 2)}.${address.function}`;
}

export function isPciAddress(text: string): boolean {
  return form.test(text);
}

/** `0000:65:00` of `0000:65:00.1`: functions of one slot are one card. */
export function slotOf(address: string): string {
  return address.slice(0, address.lastIndexOf("."));
}

/** Every PCI address in a sysfs path, in order: the last one is the function, those before it lie above. */
export function addressesInPath(path: string): string[] {
  return path.split("/").filter(isPciAddress);
}

/** The function a sysfs path lies below, for example of `.../0000:65:00.0/drm/card1`. */
export function functionOfPath(path: string): string | undefined {
  return addressesInPath(path).at(-1);
}

/** Every PCI address anywhere in a text. */
export function addressesInText(text: string): string[] {
  return text.match(inPath) ?? [];
}

/** By number, so that domain 10000 comes after ffff. */
export function comparePciAddresses(a: string, b: string): number {
  const [left, right] = [parsePciAddress(a), parsePciAddress(b)];
  if (left === undefined || right === undefined) return a < b ? -1 : a > b ? 1 : 0;
  return left.domain - right.domain || left.bus - right.bus || left.device - right.device || left.function - right.function;
}
