import type { z } from "zod";

/** The engine's stand-in for a value that is not known in a preview; it arrives as plain text at any depth. */
export const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/** A report of bad input: dotted path of the field (`cards[0].address`) and a sentence. */
export interface FieldError {
  readonly path: string;
  readonly reason: string;
}

/**
 * `unknown` names the fields that are not known yet. With any, `desired` is the input as it came (the stand-in included), checked as far as
 * it is known, and nothing may be planned on it.
 */
export type ParseResult<D> = { readonly desired: D; readonly unknown: readonly string[] } | { readonly errors: readonly FieldError[] };

/** Parses inputs of a resource; never throws. The connection is checked and left out of what comes back. */
export function parseWith<D>(schema: z.ZodType<D & { connection?: unknown }>, given: unknown): ParseResult<D> {
  const inputs = defined(given);
  const unknown = unknownFields(inputs, []);
  const parsed = schema.safeParse(inputs);
  const issues = parsed.success ? [] : parsed.error.issues.filter((issue) => !touchesUnknown(inputs, issue));
  if (issues.length > 0) return { errors: unique(issues.flatMap(fieldErrors)) };
  // Parsed in full wherever all is known; else every issue was about what is not known yet.
  const whole = parsed.success ? parsed.data : (inputs as D & { connection?: unknown });
  return { desired: withoutConnection(whole) as D, unknown };
}

/** Programs pass `undefined` for what is left out; JSON has no such thing. */
function defined(of: unknown): unknown {
  if (Array.isArray(of)) return of.map(defined);
  if (typeof of !== "object" || of === null) return of;
  return Object.fromEntries(Object.entries(of).filter(([, item]) => item !== undefined).map(([key, item]) => [key, defined(item)]));
}

function withoutConnection(whole: unknown): unknown {
  if (typeof whole !== "object" || whole === null || Array.isArray(whole)) return whole;
  return Object.fromEntries(Object.entries(whole).filter(([key]) => key !== "connection"));
}

function unknownFields(of: unknown, path: readonly PropertyKey[]): string[] {
  if (of === UNKNOWN) return [dotted(path)];
  if (typeof of !== "object" || of === null) return [];
  const entries = Array.isArray(of) ? of.map((item: unknown, at) => [at, item] as const) : Object.entries(of);
  return entries.flatMap(([key, item]) => unknownFields(item, [...path, key]));
}

/** An issue at, below or because of a value that is not known yet is none. */
function touchesUnknown(inputs: unknown, issue: z.core.$ZodIssue): boolean {
  let here = inputs;
  for (const key of issue.path) {
    if (here === UNKNOWN) return true;
    if (typeof here !== "object" || here === null) return false;
    here = (here as Record<PropertyKey, unknown>)[key];
  }
  if (here === UNKNOWN) return true;
  // A rule across fields, or one of several forms, may fail only because a part is missing; unrecognised keys stay wrong.
  return (issue.code === "custom" || issue.code === "invalid_union") && unknownFields(here, []).length > 0;
}

export function dotted(path: readonly PropertyKey[]): string {
  return path.map((key, at) => (typeof key === "number" ? `[${key}]` : /^[A-Za-z_]\w*$/.test(String(key)) ? `${at === 0 ? "" : "."}${String(key)}` : `["${String(key)}"]`)).join("");
}

export function fieldErrors(issue: z.core.$ZodIssue): FieldError[] {
  const reason = /[.?]$/.test(issue.message) ? issue.message : `${issue.message}.`;
  if (issue.code !== "unrecognized_keys") return [{ path: dotted(issue.path), reason }];
  return issue.keys.map((key, at) => ({ path: dotted([...issue.path, key]), reason: reason.split("\n")[at] ?? reason }));
}

function unique(errors: readonly FieldError[]): FieldError[] {
  return [...new Map(errors.map((error) => [JSON.stringify(error), error])).values()];
}
