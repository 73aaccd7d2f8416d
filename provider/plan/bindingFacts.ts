import type { HostFacts } from "../facts/hostFacts";
import { known } from "../facts/reading";
import { asFound, type AsFound } from "./asFound";
import { BINDING_PATH, readBinding } from "./bootBinding";
import type { BootBinding, BoundFunction } from "./bootBinding";
import { hookFiles } from "./bootBindingFiles";
import type { HookFile } from "./bootBindingFiles";
import { journalledNow, sha256 } from "./hash";

/** Our binding file on the host. */
export type BindingAsFound = Exclude<AsFound<BootBinding>, { kind: "ours" }> | { readonly kind: "ours"; readonly hash: string; readonly binding: BootBinding };

export function bindingAsFound(facts: HostFacts): BindingAsFound {
  const found = asFound(facts, BINDING_PATH, facts.bootBinding === undefined ? undefined : known(facts.bootBinding), readBinding);
  return found.kind === "ours" ? { kind: "ours", hash: found.hash, binding: found.content } : found;
}

export function sameFunctions(a: readonly BoundFunction[], b: readonly BoundFunction[]): boolean {
  const text = (list: readonly BoundFunction[]): string => list.map(({ address, ids, driver }) => `${address} ${ids} ${driver}`).join("\n");
  return text(a) === text(b);
}

/** What of ours is in the default images now. */
export function activeFunctions(found: BindingAsFound): readonly BoundFunction[] {
  if (found.kind !== "ours") return [];
  return found.binding.state === "kept" ? found.binding.functions : found.binding.before;
}

/** Everything that stands in our file for the next boot, the one on trial, or the one that counts until then. */
export function everyFunction(found: BindingAsFound): readonly BoundFunction[] {
  return found.kind === "ours" ? [...found.binding.functions, ...found.binding.before] : [];
}

/** Hook files that are not there as this package writes them. */
export function staleHooks(facts: HostFacts): readonly HookFile[] {
  if (facts.initramfs.tool === "unknown") return [];
  return hookFiles(facts.initramfs.tool).filter((file) => journalledNow(facts, file.path) !== sha256(file.text));
}

/** True when the next boot, or the one on trial, binds these functions. */
export function isStaged(facts: HostFacts, found: BindingAsFound, functions: readonly BoundFunction[]): boolean {
  if (found.kind !== "ours" || !sameFunctions(found.binding.functions, functions) || staleHooks(facts).length > 0) return false;
  return found.binding.state === "kept" || known(facts.journal.trial)?.of.includes("initramfs") === true;
}
