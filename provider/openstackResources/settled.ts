import * as pulumi from "@pulumi/pulumi";
import type { GpuFlavorDesired } from "../flavor/gpuFlavor";
import { parseGpuFlavor } from "../schema/gpuFlavor";

/** What a part is checked in, where the rest is checked elsewhere. */
const rest = { vcpus: 1, ramMiB: 1, diskGiB: 0, devices: [{ alias: "device" }] };

function isLate(of: unknown): boolean {
  return pulumi.Output.isInstance(of) || of instanceof Promise;
}

/** The arguments with the engine's stand-in for everything that only another resource knows. */
function withStandIns(of: unknown): unknown {
  if (isLate(of)) return pulumi.runtime.unknownValue;
  if (Array.isArray(of)) return of.map(withStandIns);
  if (typeof of !== "object" || of === null) return of;
  return Object.fromEntries(Object.entries(of).map(([name, item]) => [name, withStandIns(item)]));
}

/** Ends the program with every field that is wrong; the engine shows a RunError's message alone, without a stack. */
function parsed(who: string, inputs: unknown): GpuFlavorDesired {
  const result = parseGpuFlavor(inputs);
  if (!("errors" in result)) return result.desired;
  throw new pulumi.RunError(`${who} is not made:\n${result.errors.map(({ path, reason }) => `  ${path}: ${reason}`).join("\n")}`);
}

/**
 * Arguments of a GpuFlavor, checked: all that is known at once, before anything registers, and what comes from other resources as soon as it
 * is there. Parts are taken one by one, since one value that is not known yet would keep a preview from showing all others.
 */
export class Settled {
  constructor(private readonly who: string, private readonly args: object) {
    parsed(who, withStandIns(args));
  }

  /** Refuses a field that decides what resources there are, and so must be known to the program. */
  plain(field: string, of: unknown, instead: string): void {
    if (isLate(of)) throw new pulumi.RunError(`${this.who} is not made:\n  ${field}: comes from another resource, and ${instead}.`);
  }

  /** What `take` finds in these fields once they are known. */
  part<T>(fields: readonly string[], take: (desired: GpuFlavorDesired) => T): pulumi.Output<T> {
    const given = Object.fromEntries(Object.entries(this.args).filter(([name]) => fields.includes(name)));
    // Nested outputs of any depth are looked into; the type of that is beyond TypeScript.
    return pulumi.output(given as Record<string, unknown>).apply((known) => take(parsed(this.who, { ...rest, ...(fields.includes("devices") ? { devices: [] } : {}), ...known })));
  }

  /** A project's id once it is known. */
  projectId(at: number, id: pulumi.Input<string>, all: readonly unknown[]): pulumi.Output<string> {
    return pulumi.output(id).apply((known) => {
      parsed(this.who, { ...rest, projects: all.map((one, index) => (index === at ? { name: `project ${at}`, id: known } : pulumi.runtime.unknownValue)) });
      return known;
    });
  }
}
