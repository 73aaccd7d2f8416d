import { InputError } from "../../errors";
import { traits } from "../../facts/cloud/placement";
import type { AddTrait, RemoveTrait } from "../../plan/cloudStep";
import type { Cloud } from "../cloud";
import { partOf } from "../providerTree";
import { placementGet } from "../read";
import type { CloudStepOutcome } from "./outcome";
import { isThere, placementPut, providerGone, underGeneration } from "./provider";

export async function addTrait(cloud: Cloud, step: AddTrait): Promise<CloudStepOutcome> {
  const { provider, trait } = step;
  refuseForeign(trait);
  if (!(await isThere(cloud, provider))) throw providerGone(cloud, provider);
  await underGeneration(cloud, async () => {
    const exists = (await cloud.call({ ...placementGet(`/traits/${trait}`), accept: [404] })).status !== 404;
    return exists ? { end: undefined } : { write: placementPut(`/traits/${trait}`) };
  });
  return change(cloud, step, (held) => (held.includes(trait) ? undefined : [...held, trait]));
}

export async function removeTrait(cloud: Cloud, step: RemoveTrait): Promise<CloudStepOutcome> {
  const { kind, provider, trait } = step;
  refuseForeign(trait);
  if (!(await isThere(cloud, provider))) return { kind, state: "unchanged", says: `the provider ${provider.name} is gone` };
  return change(cloud, step, (held) => (held.includes(trait) ? held.filter((one) => one !== trait) : undefined));
}

/** Every write carries all traits of the provider, so the others are those read under the same generation. */
function change(cloud: Cloud, step: AddTrait | RemoveTrait, wish: (held: readonly string[]) => readonly string[] | undefined): Promise<CloudStepOutcome> {
  const { kind, provider, trait } = step;
  const path = `/resource_providers/${provider.id}/traits`;
  const says = kind === "addTrait" ? `${provider.name} has ${trait}` : `${provider.name} does not have ${trait}`;
  return underGeneration<CloudStepOutcome>(cloud, async (hasWritten) => {
    const part = await partOf(cloud, path);
    if (part === undefined && kind === "removeTrait") return { end: { kind, state: "unchanged", says: `the provider ${provider.name} is gone` } };
    if (part === undefined) throw providerGone(cloud, provider);
    const now = traits(part);
    const wished = wish(now.traits);
    if (wished === undefined) return { end: { kind, state: hasWritten ? "done" : "unchanged", says } };
    return { write: placementPut(path, { resource_provider_generation: now.generation, traits: wished }) };
  });
}

/** Placement's rule for names that are not its own: placement/schemas/trait.py. */
function refuseForeign(trait: string): void {
  if (/^CUSTOM_[A-Z0-9_]{1,248}$/.test(trait)) return;
  throw new InputError("trait-name", `The trait ${JSON.stringify(trait)} is not CUSTOM_ followed by capital letters, digits and underscores (255 characters at most): all others are Placement's and Nova's own.`);
}
