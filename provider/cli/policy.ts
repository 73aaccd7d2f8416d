import { readFileSync } from "node:fs";
import { InputError } from "../errors";
import { policyFor, type GpuPolicy } from "../readiness/gpuPolicy";
import type { Policy } from "../readiness/rule";
import { parsePolicyText, policyErrors } from "../schema/policyText";

/** A policy file, YAML or JSON; none is the empty policy. */
export function readPolicy(path: string | undefined): GpuPolicy {
  if (path === undefined) return {};
  const parsed = parsePolicyText(textOf(path));
  if ("errors" in parsed) throw new InputError("policy", policyErrors(path, parsed.errors));
  return parsed.policy;
}

/** What it says of one host; where it says nothing, guests are strangers to each other. */
export function policyOf(host: string, whole: GpuPolicy): Policy {
  return { trustLevel: whole.trustLevel ?? "multi-tenant", reviewed: policyFor(host, whole) };
}

function textOf(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    throw new InputError("policy", `${path} cannot be used as a policy: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** One line about what was read, for people: whoever wrote an exception sees that it names this host. */
export function policyLine(path: string, host: string, { trustLevel, reviewed = {} }: Policy): string {
  const exceptions = reviewed.exceptions?.length ?? 0;
  const lowered = (reviewed.lowered ?? []).map(({ rule, owner, expires }) => `; ${rule} counts less on all hosts (${owner}, until ${expires})`).join("");
  return `${path}: ${trustLevel}; ${exceptions === 0 ? "no exception names" : exceptions === 1 ? "one exception names" : `${exceptions} exceptions name`} ${host}${lowered}`;
}

/** The day that exceptions are held against. */
export function dayOf(text: string): string {
  const time = /^\d{4}-\d\d-\d\d$/.test(text) ? Date.parse(`${text}T00:00:00Z`) : Number.NaN;
  if (Number.isNaN(time) || !new Date(time).toISOString().startsWith(text)) throw new InputError("usage", `--today ${text}: expected a day such as 2027-01-31`);
  return text;
}
