import { CloudConflictError } from "../../errors";
import { inventories, type FullInventory } from "../../facts/cloud/placement";
import type { ProviderReference, ReleaseInventory, ReserveInventory } from "../../plan/cloudStep";
import type { Cloud } from "../cloud";
import { partOf } from "../providerTree";
import type { CloudStepOutcome } from "./outcome";
import { isThere, placementPut, providerGone, underGeneration } from "./provider";

export async function reserveInventory(cloud: Cloud, step: ReserveInventory): Promise<CloudStepOutcome> {
  if (!(await isThere(cloud, step.provider))) throw providerGone(cloud, step.provider);
  return setReserved(cloud, step, (now) => (now.reserved >= now.total ? undefined : now.total));
}

export async function releaseInventory(cloud: Cloud, step: ReleaseInventory): Promise<CloudStepOutcome> {
  const { kind, provider } = step;
  if (!(await isThere(cloud, provider))) return { kind, state: "unchanged", says: `the provider ${provider.name} is gone` };
  const wished = step.reserved ?? 0;
  return setReserved(cloud, step, (now) => (now.reserved === wished ? undefined : wished));
}

/** `wish` gives the new `reserved`, undefined when it is met. What Placement holds must be what the plan saw. */
function setReserved(cloud: Cloud, step: ReserveInventory | ReleaseInventory, wish: (now: FullInventory) => number | undefined): Promise<CloudStepOutcome> {
  const { kind, provider, resourceClass, before } = step;
  const path = `/resource_providers/${provider.id}/inventories`;
  return underGeneration<CloudStepOutcome>(cloud, async (hasWritten) => {
    const part = await partOf(cloud, path);
    const held = part === undefined ? undefined : inventories(part);
    const now = held?.byClass.get(resourceClass);
    if (now === undefined && kind === "releaseInventory") return { end: { kind, state: "unchanged", says: `${provider.name} holds no ${resourceClass}` } };
    if (held === undefined || now === undefined) throw noInventory(cloud, provider, resourceClass);
    const reserved = wish(now);
    const says = `${provider.name} has ${now.reserved} of ${now.total} ${resourceClass} reserved`;
    if (reserved === undefined) return { end: { kind, state: hasWritten ? "done" : "unchanged", says } };
    if (!hasWritten && (now.total !== before.total || now.reserved !== before.reserved)) {
      throw new CloudConflictError("inventory-moved", `${cloud.name}: ${says}, and the plan saw ${before.reserved} of ${before.total}. Nothing was written: preview again.`);
    }
    return { write: placementPut(`${path}/${resourceClass}`, { resource_provider_generation: held.generation, ...now, reserved }) };
  });
}

function noInventory(cloud: Cloud, provider: ProviderReference, resourceClass: string): CloudConflictError {
  return new CloudConflictError("no-inventory", `${cloud.name}: Placement's provider ${provider.name} holds no ${resourceClass} any more. Nothing was written: preview again.`);
}
