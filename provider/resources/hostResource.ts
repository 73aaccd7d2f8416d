import "../controllers/kinds";
import * as pulumi from "@pulumi/pulumi";
import type { FoldedLines, ProposalKind, Status } from "../controllers/record";
import { aspectOf } from "../controllers/registry";
import { providerText } from "../dynamic/thinProvider";
import type { Finding } from "../readiness/finding";
import { currentRun } from "./program";
import { Unit } from "./run";

/** What all resources of one host share beside Pulumi's own options. */
export interface HostResourceOptions extends pulumi.CustomResourceOptions {
  /** Resources that must have got through before this one does anything. */
  readonly after?: readonly HostResource[];
  /** The verification that a resource acts on: its outcome is looked at before anything is done. */
  readonly proof?: { readonly ready: pulumi.Output<boolean>; readonly fingerprint: pulumi.Output<string> };
  /** Resources that do nothing as long as one of them is refused. */
  readonly unit?: Unit;
}

/** What every resource of this package has: the plan that the preview shows, and how it ended. */
export abstract class HostResource extends pulumi.CustomResource {
  /** What the program proposed after reading the host: see `ProposalKind`. */
  declare readonly proposal: pulumi.Output<ProposalKind>;
  /** Target ("device 0000:65:00.0", "file /etc/...", "host") to one sentence: what is done, or was done last. */
  declare readonly plan: pulumi.Output<FoldedLines>;
  /** Fingerprint of what this resource cares about, as proven by a read after the last apply. */
  declare readonly observed: pulumi.Output<string>;
  /** Which machine this is: DMI UUID, machine-id and host key. */
  declare readonly identity: pulumi.Output<string>;
  /** How the last run ended. */
  declare readonly status: pulumi.Output<Status>;
  /** Why it ended that way; "" when all went well. */
  declare readonly says: pulumi.Output<string>;
  /** What the last refresh saw: "as recorded", or how the host differs. */
  declare readonly seen: pulumi.Output<string>;
  declare readonly findings: pulumi.Output<readonly Finding[]>;
  /** What a destroy, or taking this resource out of the stack, does. */
  declare readonly onDelete: pulumi.Output<FoldedLines>;

  protected constructor(kind: string, name: string, args: object, options: HostResourceOptions = {}) {
    const { after = [], proof, unit = new Unit(), ...rest } = options;
    const { entry, proposal } = currentRun().add(kind, name, args as pulumi.Inputs, unit);
    const gate = after.map((one) => pulumi.interpolate`${one.kindName}: ${one.status}`);
    const outputs = ["status", "says", "touched", "seen", "findings", ...aspectOf(kind).outputs];
    // The SDK takes down a stack for each of four promises of each property, to name promises of its own that never end: a sixth of what a host costs the program.
    const stackTraceLimit = Error.stackTraceLimit;
    Error.stackTraceLimit = 0;
    try {
      // What `pulumi.dynamic.Resource` does, but for the serialiser: see providerText.
      super(`pulumi-nodejs:dynamic/gpuhost:${kind}`, name, {
        ...args,
        __provider: providerText(kind),
        plan: proposal.apply((of) => of.plan),
        proposal: proposal.apply((of) => of.proposal),
        observed: proposal.apply((of) => of.observed),
        identity: proposal.apply((of) => of.identity),
        onDelete: proposal.apply((of) => of.onDelete),
        ...(gate.length > 0 ? { gate } : {}),
        ...(proof === undefined ? {} : { proof: { ready: proof.ready, fingerprint: proof.fingerprint } }),
        // Named so that the SDK makes an output of each.
        ...Object.fromEntries(outputs.map((output) => [output, undefined])),
      }, rest);
    } finally {
      Error.stackTraceLimit = stackTraceLimit;
    }
    Object.defineProperty(this, "kindName", { value: kind, enumerable: false });
    entry.resource = this;
  }

  /** @internal */
  declare readonly kindName: string;
}
