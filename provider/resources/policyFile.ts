import { readFileSync } from "node:fs";
import * as pulumi from "@pulumi/pulumi";
import { InputError } from "../errors";
import type { TrustLevel } from "../readiness/finding";
import { policyFor, type GpuPolicy } from "../readiness/gpuPolicy";
import { policySchema } from "../schema/policy";
import { parsePolicyText, policyErrors } from "../schema/policyText";
import type { ConnectionArgs } from "./args";

export type { GpuPolicy };

/**
 * The policy file as plain data for the argument `policy`: what of it concerns a host is an input of that host's resources, so the preview
 * shows it. `path` is relative to the program's working directory; YAML or JSON. Throws InputError with every mistake and its place.
 */
export function policyFile(path: string): GpuPolicy {
  const parsed = parsePolicyText(textOf(path));
  if ("errors" in parsed) throw new InputError("policy", policyErrors(path, parsed.errors));
  return parsed.policy;
}

function textOf(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    throw new InputError("policy", `${path} cannot be used as a policy: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** What of the policy concerns the host: exceptions for another one are no change of this one. Mistakes stay, for `check` to name them. */
export function relevantPolicy(connection: ConnectionArgs, trustLevel: pulumi.Input<TrustLevel> | undefined, policy: pulumi.Input<GpuPolicy>): pulumi.Output<GpuPolicy> {
  return pulumi.all([connection, trustLevel, policy]).apply(([to, level, whole]) =>
    policySchema.safeParse(whole).success ? policyFor(to.host, whole as GpuPolicy, level) : (whole as GpuPolicy));
}
