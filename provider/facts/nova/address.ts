import { pythonHex, pythonPattern } from "./python";

export const addressFields = ["domain", "bus", "slot", "function"] as const;
export type AddressField = (typeof addressFields)[number];

/** What one field of an address is compared with. */
export interface FieldPattern {
  /** "any", the exact digits as Nova prints them, or a pattern from the beginning of the field on. */
  readonly kind: "any" | "exact" | "pattern";
  readonly text: string;
  readonly matches: (field: string) => boolean;
}

export type AddressPattern = Readonly<Record<AddressField, FieldPattern>>;

const limits = { domain: [0xffff, 4], bus: [0xff, 2], slot: [0x1f, 2], function: [0x7, 1] } as const;
/** As Nova's own errors call them. */
const novaNames = { domain: "domain", bus: "bus", slot: "slot", function: "func" } as const;
const any: FieldPattern = { kind: "any", text: "*", matches: () => true };

export const anyAddress: AddressPattern = { domain: any, bus: any, slot: any, function: any };

/**
 * `address` of a device_spec given as a text: DOMAIN:BUS:SLOT.FUNCTION, fields from the left may be left out, an empty one or `*` is any
 * (nova/pci/devspec.py, PciAddressGlobSpec). A text is the fault.
 */
export function globAddress(address: string): AddressPattern | string {
  const dot = address.indexOf(".");
  const [before, fn] = dot < 0 ? [address, ""] : [address.slice(0, dot), address.slice(dot + 1)];
  const parts = before === "" ? [] : before.split(":");
  if (parts.length > 3) return `the address ${JSON.stringify(address)} has more than three parts before the dot; it is DOMAIN:BUS:SLOT.FUNCTION`;
  const [domain = "*", bus = "*", slot = "*"] = [...Array.from({ length: 3 - parts.length }, () => "*"), ...parts.map((part) => part.trim() || "*")];
  const texts = { domain, bus, slot, function: fn === "" ? "*" : fn.trim() };
  const found: Partial<Record<AddressField, FieldPattern>> = {};
  for (const field of ["function", "domain", "bus", "slot"] as const) {
    const pattern = globField(field, texts[field]);
    if (typeof pattern === "string") return pattern;
    found[field] = pattern;
  }
  return { ...anyAddress, ...found };
}

function globField(field: AddressField, text: string): FieldPattern | string {
  if (text === "*") return any;
  const [maximum, digits] = limits[field];
  const number = pythonHex(text);
  if (number === undefined) return `the ${novaNames[field]} ${JSON.stringify(text)} of the address does not parse as a hex number: only a whole field may be "*"`;
  if (number > maximum) return `the ${novaNames[field]} ${text} of the address is greater than ${maximum.toString(16).toUpperCase()}: fields are hexadecimal`;
  const exact = number < 0 ? String(number) : number.toString(16).padStart(digits, "0");
  return { kind: "exact", text: exact, matches: (of) => of === exact };
}

/** `address` given as a dictionary of regular expressions (PciAddressRegexSpec); other keys of it are ignored. A text is the fault. */
export function patternAddress(address: Readonly<Record<string, unknown>>): AddressPattern | string {
  const found: Partial<Record<AddressField, FieldPattern>> = {};
  for (const field of addressFields) {
    const source = Object.hasOwn(address, field) ? address[field] : ".*";
    if (typeof source !== "string") return `the ${field} of the address must be a text with a regular expression, not ${JSON.stringify(source)}`;
    const pattern = pythonPattern(source);
    if ("fault" in pattern) return `the ${field} of the address, ${JSON.stringify(source)}, is no regular expression of Python: ${pattern.fault}`;
    const all = samples(field).every((text) => pattern.matches(text));
    found[field] = all ? any : { kind: "pattern", text: source, matches: pattern.matches };
  }
  return { ...anyAddress, ...found };
}

/** Every value a field can have; of domains, some. */
function samples(field: AddressField): string[] {
  const [maximum, digits] = limits[field];
  const numbers = field === "domain" ? [0, 1, 9, 0xa, 0x10, 0xff, 0x100, 0x1000, 0x10de, 0xabcd, 0xffff] : Array.from({ length: maximum + 1 }, (_, index) => index);
  return numbers.map((number) => number.toString(16).padStart(digits, "0"));
}

/** Whether the pattern takes this function. Nova passes over domains of more than four digits. */
export function addressMatches(pattern: AddressPattern, address: string): boolean {
  const match = /^([0-9a-f]{4}):([0-9a-f]{2}):([0-9a-f]{2})\.([0-7])$/.exec(address);
  return match !== null && addressFields.every((field, index) => pattern[field].matches(match[index + 1] ?? ""));
}

/** The one address that it names, or undefined. */
export function exactAddress(pattern: AddressPattern): string | undefined {
  const { domain, bus, slot, function: fn } = pattern;
  return [domain, bus, slot, fn].every(({ kind }) => kind === "exact") ? `${domain.text}:${bus.text}:${slot.text}.${fn.text}` : undefined;
}
