import { z } from "zod";
import { nearest } from "../facts/nearest";

/** An object that takes no other keys than its own, and says which one was meant: one line for each (see report.ts). */
export function fields<S extends z.core.$ZodLooseShape>(shape: S): z.ZodObject<S, z.core.$strict> {
  const names = Object.keys(shape);
  return z.strictObject(shape, {
    error: (issue) => {
      if (issue.code === "unrecognized_keys") return issue.keys.map((key) => unrecognised(key, names)).join("\n");
      return issue.code === "invalid_type" ? `expected an object with ${names.join(", ")}, found ${shown(issue.input)}` : undefined;
    },
  });
}

function unrecognised(key: string, names: readonly string[]): string {
  const meant = nearest(key, names);
  return `"${key}" is not known here; ${meant === undefined ? `known are ${names.join(", ")}.` : `did you mean "${meant}"?`}`;
}

export function shown(of: unknown): string {
  if (of === undefined) return "nothing";
  return typeof of === "string" ? `"${of}"` : Array.isArray(of) ? "a list" : typeof of === "object" && of !== null ? "an object" : String(of);
}

/** A text of a given form; `what` completes "expected ...". */
export function textLike(form: RegExp, what: string): z.ZodString {
  const error = (issue: { readonly input?: unknown }): string => `expected ${what}, found ${shown(issue.input)}`;
  return z.string({ error }).regex(form, { error });
}

export function text(what: string): z.ZodString {
  return textLike(/^[^\0-\x1f\x7f]+$/, what);
}

export function listOf<T extends z.ZodType>(item: T, what: string): z.ZodArray<T> {
  return z.array(item, { error: (issue) => `expected a list of ${what}, found ${shown(issue.input)}` });
}

export function oneOf<const T extends readonly [string, ...string[]]>(names: T): z.ZodEnum<{ [K in T[number]]: K }> {
  return z.enum(names, { error: (issue) => `expected one of ${names.map((name) => `"${name}"`).join(", ")}, found ${shown(issue.input)}` });
}

export function wholeNumber(least: number, most: number, what: string): z.ZodNumber {
  const error = (issue: { readonly input?: unknown }): string => `expected ${what}, a whole number from ${least} to ${most}, found ${shown(issue.input)}`;
  return z.number({ error }).int({ error }).min(least, { error }).max(most, { error });
}

/** `0000:65:00.0`; domains longer than four digits occur (Intel VMD). Lower case, as sysfs has it. */
export const pciAddress = textLike(/^[0-9a-f]{4,8}:[0-9a-f]{2}:[01][0-9a-f]\.[0-7]$/, 'a PCI address such as "0000:65:00.0" (with its domain, lower case)');

export const pciIds = textLike(/^[0-9a-f]{4}:[0-9a-f]{4}(:[0-9a-f]{4}:[0-9a-f]{4})?$/, 'ids such as "10de:20b5" or "10de:20b5:10de:1533" (vendor:device[:subvendor:subdevice], lower case)');

/** Name of a kernel driver as its directory below /sys/bus/pci/drivers is called. */
export const driverName = textLike(/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}$/, 'a driver\'s name such as "vfio-pci"');
