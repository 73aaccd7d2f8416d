import { setTimeout as pause } from "node:timers/promises";
import { CloudConflictError, GpuhostError } from "../../errors";
import { providerHead } from "../../facts/cloud/placement";
import type { ProviderReference } from "../../plan/cloudStep";
import type { Call, Cloud } from "../cloud";
import { partOf } from "../providerTree";
import { placementVersion } from "../read";
import { failedInside, movedGeneration } from "../refusal";

/** Nova-compute writes to its providers every minute and at each claim: five collisions in a row are no chance. */
const mostCollisions = 5;

/** 500 as well: writes that meet inside Placement end in a deadlock of its database, and one of them fails. */
const collisionCodes: ReadonlySet<string> = new Set([movedGeneration, failedInside]);

/** False when the provider is gone. @throws CloudConflictError when the id is another provider's by now. */
export async function isThere(cloud: Cloud, provider: ProviderReference): Promise<boolean> {
  const part = await partOf(cloud, `/resource_providers/${provider.id}`);
  if (part === undefined) return false;
  const { name } = providerHead(part);
  if (name !== provider.name) {
    throw new CloudConflictError("provider-renamed", `${cloud.name}: Placement's provider ${provider.id} is called ${name}, and was planned on as ${provider.name}. Nothing was written to it.`);
  }
  return true;
}

export function providerGone(cloud: Cloud, provider: ProviderReference): CloudConflictError {
  return new CloudConflictError("provider-gone", `${cloud.name}: Placement holds no provider ${provider.name} (${provider.id}) any more. It was deleted since the plan was made, by nova-compute when it no longer offers the device. Nothing was written.`);
}

/** What one attempt found: a write to be made, or that nothing is to be done. */
export type Attempt<T> = { readonly write: Call } | { readonly end: T };

/**
 * Writes to a provider under its generation: `attempt` reads and decides; when somebody else wrote in between, it reads and decides
 * again, so it only ever writes what still holds. Ends with what the `attempt` after the write says: that is the reading back.
 */
export async function underGeneration<T>(cloud: Cloud, attempt: (hasWritten: boolean) => Promise<Attempt<T>>): Promise<T> {
  let hasWritten = false;
  for (let collisions = 0; ;) {
    const next = await attempt(hasWritten);
    if ("end" in next) return next.end;
    if (hasWritten) throw new CloudConflictError("cloud-read-back", `${cloud.name}: Placement took ${next.write.method} ${next.write.path}, and reads otherwise right afterwards: somebody else changes the same. Nothing more was done.`);
    try {
      await cloud.call(next.write);
      hasWritten = true;
    } catch (cause) {
      collisions += 1;
      if (!(cause instanceof GpuhostError) || !collisionCodes.has(cause.code)) throw cause;
      if (collisions >= mostCollisions) throw new CloudConflictError(cause.code, `${cause.message} It was read and written anew ${mostCollisions} times, and each time somebody else had written to the same provider. Nothing of ours was written: see who does that, then run again.`);
      // Not in step with whoever it collided with.
      await pause(collisions * (50 + Math.random() * 200));
    }
  }
}

export const placementPut = (path: string, body?: unknown): Call => ({ service: "placement", method: "PUT", path, microversion: placementVersion, ...(body === undefined ? {} : { body }) });
