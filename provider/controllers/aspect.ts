import type { HostFacts } from "../facts/hostFacts";
import type { Host, Progress } from "../host/host";
import type { CloudConnection } from "../facts/cloud/cloudConnection";
import type { Plan } from "../plan/plan";
import type { CloudPort } from "./cloudPort";
import type { Proof, Status } from "./record";

/** A report of bad input: dotted path of the field and a sentence. */
export interface FieldError {
  readonly path: string;
  readonly reason: string;
}

/** Whose word about a host a plan needs: which cloud, and by which name Nova knows the host (`host` of nova.conf). */
export interface CloudQuery {
  readonly connection: CloudConnection;
  readonly host: string;
}

/**
 * What is special about one kind of resource; the life cycle (check, diff, create, read, update, delete) is written once.
 * `plan` and `undo` are pure and run in the program (to preview) and again in the provider (to compare and apply).
 */
export interface Aspect<D> {
  /** Type name in Pulumi, and owner in the host's journal. Never renamed: old state calls it. */
  readonly kind: string;
  /** Names of what `plan` puts into `outputs`. */
  readonly outputs: readonly string[];
  /** What these are while the host was not read: nothing counts as proven then. Absent: what they were. */
  readonly unread?: Readonly<Record<string, unknown>>;
  parse(inputs: unknown): { readonly desired: D } | { readonly errors: readonly FieldError[] };
  plan(facts: HostFacts, desired: D): Plan;
  /** Steps that put back what this kind did, for `delete`. */
  undo(facts: HostFacts, desired: D): Plan;
  /** The cloud that `plan` and `undo` look at in `facts.cloud`. Absent: none. */
  cloud?(facts: HostFacts, desired: D): CloudQuery | undefined;
  /** An address that only a guest has to reach; the program tries it from the host, and `plan` may say what came of it. */
  asks?(desired: D): { readonly host: string; readonly port: number } | undefined;
  /** Why nothing may be done yet, although it was reviewed: the proof of a verification that this kind acts on. */
  bars?(facts: HostFacts, plan: Plan, desired: D, proof: Proof | undefined): string | undefined;
  /** True for a kind that is planned on drivers as resources before it will have bound them: then no reboot is announced for those. */
  readonly afterLiveBinding?: boolean;
  /** True for a kind that judges what the kernel runs with: it does so anew where this run reboots the host. */
  readonly judgesBoot?: boolean;
  /** True for a kind whose plan may keep something from new guests (`Plan.passes`): that is looked for also where a resource before did not get through. */
  readonly mayClose?: boolean;
  /** True for a kind that leaves nothing on the host: then a delete does not contact it. */
  leavesNothing?(desired: D): boolean;
  /** What a plan with nothing left to do amounts to. Absent: "applied". */
  status?(after: Plan): Status;
  /**
   * Carries out a plan that was found to lie inside the reviewed one. Absent: one transaction with the plan's steps.
   * HostReboot has its own: arm, reboot, wait, observe, keep.
   */
  apply?(host: Host, facts: HostFacts, plan: Plan, desired: D, progress: Progress, cloud: CloudPort | undefined): Promise<void>;
}
