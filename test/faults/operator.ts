import type { Inputs, Lines, Outputs } from "../../provider/controllers/record";
import { plain } from "../../provider/controllers/record";
import type { Proposal } from "../../provider/controllers/proposal";
import { controller } from "../../provider/dynamic/runtime";
import type { Connection } from "../../provider/host/connection";
import { boundDrivers } from "../../provider/plan/vfioBinding";
import { movedSince } from "../../provider/resources/review";
import { Run, Unit } from "../../provider/resources/run";
import { parseVfioBinding } from "../../provider/schema/vfioBinding";
import { Killed } from "./client";

export const kinds = ["KernelArguments", "VfioBinding", "HostReboot", "IommuVerification"] as const;
export type Kind = (typeof kinds)[number];

/** What the engine keeps of one resource. */
interface Kept {
  readonly inputs: Inputs;
  readonly outputs: Outputs;
  /** The last create or update ended with an error: the engine updates it next time whatever `diff` says. */
  readonly failed: boolean;
}

export interface RunResult {
  /**
   * done: every resource had its turn. moved: the host was not as previewed, nothing registered. failed: a resource ended with an error, and those
   * after it had no turn. killed: the operator's process ended.
   */
  readonly ended: "done" | "moved" | "failed" | "killed";
  /** One sentence for each thing that did not go through. */
  readonly says: readonly string[];
  /** How each resource that had its turn ended. */
  readonly statuses: Partial<Record<Kind, string>>;
  /** Resources whose record changed. */
  readonly changed: readonly Kind[];
}

const wanted = { shouldExist: ["intel_iommu=on"], shouldNotExist: ["intel_iommu=off"] };
const cards = [{ address: "0000:65:00.0", id: "10de:2231" }];

/**
 * One stack with one GpuHost, without the engine: the program's own reading and judging (Run), the provider's own life cycle
 * (check, diff, create, update, delete), and between them what the engine does and keeps.
 */
export class Operator {
  private readonly kept = new Map<Kind, Kept>();
  /** Every line of every plan that a person was shown before it was carried out. */
  readonly reviewed: Lines[] = [];

  constructor(readonly connection: Connection) {}

  /** Some resource was carried out on the host: there is something to undo. */
  get touched(): boolean {
    return [...this.kept.values()].some(({ outputs }) => outputs.touched);
  }

  outputs(kind: Kind): Outputs | undefined {
    return this.kept.get(kind)?.outputs;
  }

  /** `pulumi preview`: what the program proposes for each resource. */
  async preview(): Promise<Record<Kind, Proposal>> {
    const run = new Run((_entry, proposal) => proposal);
    try {
      const unit = new Unit();
      const binding = { connection: this.connection, cards, iommuWillBeOn: true };
      const arguments_ = run.add("KernelArguments", "host", { ...wanted, connection: this.connection }, unit);
      const bound = run.add("VfioBinding", "host", binding, unit);
      const reboot = run.add("HostReboot", "host", this.rebootArguments(run, binding), unit);
      const verification = run.add("IommuVerification", "host", { connection: this.connection, cards, acceptedMembers: [], acknowledgedUses: [] }, unit);
      const entries = [arguments_, bound, reboot, verification];
      // Nobody registers with these; a client that was killed meanwhile is told of below.
      for (const { proposal } of entries) unheard(proposal);
      const proposals = await Promise.all(entries.map(async ({ entry }) => run.proposal(entry)));
      return Object.fromEntries(kinds.map((kind, at) => [kind, proposals[at]])) as Record<Kind, Proposal>;
    } finally {
      run.open();
    }
  }

  private drivers: Record<string, string> = {};

  /** As resources/gpuHostWishes has it: the functions of the card, from what was read of the host. */
  private async rebootArguments(run: Run, binding: object): Promise<Record<string, unknown>> {
    const parsed = parseVfioBinding(binding);
    if ("errors" in parsed) throw new Error(JSON.stringify(parsed.errors));
    this.drivers = await run.facts(this.connection).then((facts) => boundDrivers(facts, parsed.desired), () => ({}));
    return { connection: this.connection, arguments: wanted.shouldExist, absentArguments: wanted.shouldNotExist, drivers: this.drivers, policy: "whenNeeded" };
  }

  private argumentsOf(kind: Kind): Record<string, unknown> {
    const { connection } = this;
    switch (kind) {
      case "KernelArguments": return { ...wanted, connection };
      case "VfioBinding": return { connection, cards, iommuWillBeOn: true };
      case "HostReboot": return { connection, arguments: wanted.shouldExist, absentArguments: wanted.shouldNotExist, drivers: this.drivers, policy: "whenNeeded" };
      case "IommuVerification": return { connection, cards, acceptedMembers: [], acknowledgedUses: [] };
    }
  }

  /** `pulumi up`: preview, a second reading, the comparison, and the resources in turn. Without `previewed` the stack allows unreviewed plans. */
  async up(previewed = true, between: () => Promise<void> = async () => undefined): Promise<RunResult> {
    const statuses: Partial<Record<Kind, string>> = {};
    const changed: Kind[] = [];
    try {
      const shown = previewed ? await this.preview() : undefined;
      await between();
      const now = await this.preview();
      if (shown !== undefined) {
        const moved = kinds.flatMap((kind) => movedSince({ host: "", proposal: shown[kind].proposal, plan: shown[kind].plan }, now[kind]));
        if (moved.length > 0) return { ended: "moved", says: moved, statuses, changed };
      }
      const gate: string[] = [];
      for (const kind of kinds) {
        const says = await this.register(kind, now[kind], gate.slice(-1), changed);
        const status = this.kept.get(kind)?.outputs.status;
        if (status !== undefined) statuses[kind] = status;
        if (says !== undefined) return { ended: "failed", says: [says], statuses, changed };
        gate.push(`${kind}: ${status}`);
      }
      return { ended: "done", says: kinds.flatMap((kind) => this.kept.get(kind)?.outputs.says || []), statuses, changed };
    } catch (error) {
      if (error instanceof Killed) return { ended: "killed", says: [error.message], statuses, changed };
      throw error;
    }
  }

  /** What the engine does with one resource; the sentence of its error where it ends with one. */
  private async register(kind: Kind, proposal: Proposal, gate: readonly string[], changed: Kind[]): Promise<string | undefined> {
    const lifecycle = controller(kind);
    const before = this.kept.get(kind);
    const { plan, observed, identity, onDelete } = proposal;
    const news = plain({ ...this.argumentsOf(kind), plan, proposal: proposal.proposal, observed, identity, onDelete, ...(gate.length > 0 ? { gate } : {}) });
    const checked = lifecycle.check(before?.inputs ?? {}, news);
    if ((checked.failures ?? []).length > 0) throw new Error(`check: ${JSON.stringify(checked.failures)}`);
    const inputs = checked.inputs as Inputs;
    if (before !== undefined && !before.failed && !lifecycle.diff("id", before.outputs, inputs).changes) {
      this.kept.set(kind, { ...before, inputs });
      return undefined;
    }
    if (proposal.proposal === "planned") this.reviewed.push(plan);
    changed.push(kind);
    try {
      const { outs } = before === undefined ? await lifecycle.create(inputs) : await lifecycle.update("id", before.outputs, inputs);
      this.kept.set(kind, { inputs, outputs: plain(outs), failed: false });
      return undefined;
    } catch (error) {
      const properties = (error as { properties?: Outputs }).properties;
      if (properties === undefined) throw error;
      this.kept.set(kind, { inputs, outputs: plain(properties), failed: true });
      return (error as Error).message;
    }
  }

  /** `pulumi destroy`: the last resource first; the first that fails ends it, and stays. */
  async destroy(): Promise<RunResult> {
    const changed: Kind[] = [];
    for (const kind of kinds.toReversed()) {
      const kept = this.kept.get(kind);
      if (kept === undefined) continue;
      this.reviewed.push(unfolded(kept.outputs.onDelete));
      try {
        await controller(kind).delete("id", kept.outputs);
        this.kept.delete(kind);
        changed.push(kind);
      } catch (error) {
        if (error instanceof Killed) return { ended: "killed", says: [error.message], statuses: {}, changed };
        return { ended: "failed", says: [(error as Error).message], statuses: {}, changed };
      }
    }
    return { ended: "done", says: [], statuses: {}, changed };
  }
}

function unfolded(lines: Outputs["onDelete"]): Lines {
  return Object.fromEntries(Object.entries(lines ?? {}).map(([target, says]) => [target, typeof says === "string" ? says : says.join(" ")]));
}

/** What an output is made of may all fail at once, and here nobody waits for it. */
function unheard(output: object): void {
  const { isKnown, isSecret, promise, allResources } = output as { isKnown: Promise<unknown>; isSecret: Promise<unknown>; promise(): Promise<unknown>; allResources?(): Promise<unknown> };
  for (const part of [isKnown, isSecret, promise.call(output), allResources?.call(output)]) part?.catch(() => undefined);
}
