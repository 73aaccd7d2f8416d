import { parseDocument } from "yaml";
import type { GpuPolicy } from "../readiness/gpuPolicy";
import { policySchema } from "./policy";
import { fieldErrors, type FieldError } from "./report";

/** The text of a policy file, YAML or JSON; never throws. An empty file is a mistake, not the empty policy. */
export function parsePolicyText(content: string): { readonly policy: GpuPolicy } | { readonly errors: readonly FieldError[] } {
  const document = parseDocument(content, { version: "1.2", logLevel: "silent" });
  const faults = [...document.errors, ...document.warnings];
  if (faults.length > 0) return { errors: faults.map((fault) => ({ path: "", reason: fault.message.split("\n")[0] ?? fault.message })) };
  let data: unknown;
  try {
    data = document.toJS({ maxAliasCount: 20 });
  } catch (error) {
    return { errors: [{ path: "", reason: error instanceof Error ? error.message : String(error) }] };
  }
  const parsed = policySchema.safeParse(data);
  return parsed.success ? { policy: parsed.data as GpuPolicy } : { errors: parsed.error.issues.flatMap(fieldErrors) };
}

/** One line for each thing that is wrong. */
export function policyErrors(path: string, errors: readonly FieldError[]): string {
  const lines = errors.map((error) => `${error.path === "" ? "" : `${error.path}: `}${error.reason}`);
  return `${path} cannot be used as a policy:${lines.length === 1 ? ` ${lines[0] ?? ""}` : lines.map((line) => `\n  ${line}`).join("")}`;
}
