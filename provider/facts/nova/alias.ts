import { isObject, parseJson } from "./deviceSpec";
import { pythonBoolean } from "./python";
import { aliasKeys } from "./release";

/** One `[pci]alias`, as Nova understands it. */
export interface Alias {
  /** Without the blanks around it: flavors ask for this name. */
  readonly name: string;
  readonly vendorId: string | undefined;
  readonly productId: string | undefined;
  /** As written; Nova takes "type-PCI" where it is left out. */
  readonly deviceType: DeviceType | undefined;
  readonly numaPolicy: NumaPolicy;
  readonly resourceClass: string | undefined;
  readonly traits: string | undefined;
  readonly liveMigratable: boolean | undefined;
}

export const deviceTypes = ["type-PCI", "type-PF", "type-VF"] as const;
export type DeviceType = (typeof deviceTypes)[number];
export const numaPolicies = ["required", "legacy", "preferred", "socket"] as const;
export type NumaPolicy = (typeof numaPolicies)[number];

/** The alias of one value; a text says why Nova of release `major` refuses it (nova/pci/request.py, _ALIAS_SCHEMA). */
export function parseAlias(value: string, major: number): Alias | string {
  const parsed = parseJson(value);
  if (typeof parsed === "string") return parsed;
  const alias = parsed.json;
  if (!isObject(alias)) return `it is ${Array.isArray(alias) ? "a list" : JSON.stringify(alias)}; Nova wants one JSON object, and the option repeated for more`;
  const fault = keyFault(alias, major) ?? textFault(alias) ?? choiceFault(alias) ?? booleanFault(alias);
  if (fault !== undefined) return fault;
  const text = (key: string): string | undefined => (typeof alias[key] === "string" ? alias[key] : undefined);
  return {
    name: (text("name") ?? "").trim(),
    vendorId: text("vendor_id")?.trimEnd(), productId: text("product_id")?.trimEnd(),
    deviceType: deviceTypes.find((type) => type === alias["device_type"]),
    numaPolicy: numaPolicies.find((policy) => policy === alias["numa_policy"]) ?? "legacy",
    resourceClass: text("resource_class"), traits: text("traits"),
    liveMigratable: text("live_migratable") === undefined ? undefined : pythonBoolean(text("live_migratable")),
  };
}

function keyFault(alias: Readonly<Record<string, unknown>>, major: number): string | undefined {
  for (const key of Object.keys(alias)) {
    const since = aliasKeys.get(key);
    if (since === undefined) return `Nova knows no key ${JSON.stringify(key)} of an alias and refuses it${aliasKeys.has(key.trim()) ? ": there is a blank in it" : ""}`;
    if (since > major) return `Nova ${major} refuses the key ${JSON.stringify(key)}, which came with ${since}`;
  }
  return Object.hasOwn(alias, "name") ? undefined : "it has no name";
}

/** Every value is a text, and ids have four hex digits. `$` of a pattern of Python is also before a last newline. */
function textFault(alias: Readonly<Record<string, unknown>>): string | undefined {
  for (const [key, of] of Object.entries(alias)) {
    if (typeof of !== "string") return `${key} must be a text, not ${JSON.stringify(of)}`;
    const length = [...of].length;
    if (key === "name" && (length < 1 || length > 256)) return `the name must have 1 to 256 characters, and has ${length}`;
    if (/^(vendor|product)_id$/.test(key) && !/^[\p{Nd}a-fA-F]{4}\n?$/u.test(of)) return `${key} must be exactly four hex digits, without 0x, not ${JSON.stringify(of)}`;
  }
  return undefined;
}

function choiceFault(alias: Readonly<Record<string, unknown>>): string | undefined {
  const choices: readonly (readonly [string, readonly string[]])[] = [["capability_type", ["pci"]], ["device_type", deviceTypes], ["numa_policy", numaPolicies]];
  const wrong = choices.find(([key, allowed]) => alias[key] !== undefined && !allowed.includes(String(alias[key])));
  return wrong === undefined ? undefined : `${wrong[0]} must be ${wrong[1].join(" or ")}, not ${JSON.stringify(alias[wrong[0]])}`;
}

function booleanFault(alias: Readonly<Record<string, unknown>>): string | undefined {
  const of = alias["live_migratable"];
  return of === undefined || pythonBoolean(of) !== undefined ? undefined : `live_migratable must be yes or no, not ${JSON.stringify(of)}`;
}
