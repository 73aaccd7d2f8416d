import { readFileSync } from "node:fs";
import { UNKNOWN } from "../controllers/record";

interface SavedPlan {
  readonly resourcePlans?: Readonly<Record<string, { readonly goal?: { readonly inputDiff?: Readonly<Record<string, unknown>> } }>>;
}

/**
 * Whether the plan of a resource ("KernelArguments hv1") was unknown when `pulumi preview --save-plan` wrote this file: `--plan` takes
 * any value for it then, so nobody has reviewed what would be done. True as well where the file cannot be read or says nothing of it.
 */
export function unknownInPlan(file: string, key: string): boolean {
  const [kind, ...name] = key.split(" ");
  try {
    const { resourcePlans = {} } = JSON.parse(readFileSync(file, "utf8")) as SavedPlan;
    const found = Object.entries(resourcePlans).find(([urn]) => urn.endsWith(`/gpuhost:${kind}::${name.join(" ")}`));
    if (found === undefined) return true;
    const { adds, updates } = (found[1].goal?.inputDiff ?? {}) as { adds?: { plan?: unknown }; updates?: { plan?: unknown } };
    return [adds?.plan, updates?.plan].includes(UNKNOWN);
  } catch {
    return true;
  }
}
