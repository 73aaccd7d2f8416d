import { readFileSync } from "node:fs";
import { InputError } from "../errors";
import type { TrustLevel } from "../readiness/finding";
import type { Policy } from "../readiness/rule";

const trustLevels: readonly TrustLevel[] = ["single-tenant", "trusted-projects", "multi-tenant"];

/** A JSON file with `trustLevel`; without a file guests are strangers to each other. */
export function readPolicy(path: string | undefined): Policy {
  if (path === undefined) return { trustLevel: "multi-tenant" };
  const object = parse(path);
  const unknown = Object.keys(object).filter((key) => key !== "trustLevel");
  if (unknown.length > 0) throw new InputError("policy", `${path}: ${unknown.join(", ")} is no setting of a policy; the only one is trustLevel`);
  const trustLevel = trustLevels.find((level) => level === object["trustLevel"]);
  if (trustLevel === undefined) throw new InputError("policy", `${path}: trustLevel is ${JSON.stringify(object["trustLevel"])}; it is one of ${trustLevels.join(", ")}`);
  return { trustLevel };
}

function parse(path: string): Record<string, unknown> {
  try {
    const object: unknown = JSON.parse(readFileSync(path, "utf8"));
    if (typeof object === "object" && object !== null && !Array.isArray(object)) return { ...object };
  } catch (error) {
    throw new InputError("policy", `${path} cannot be used as a policy: ${error instanceof Error ? error.message : String(error)}`);
  }
  throw new InputError("policy", `${path} cannot be used as a policy: it holds no JSON object`);
}
