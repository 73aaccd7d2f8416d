import { AsyncLocalStorage } from "node:async_hooks";
import * as pulumi from "@pulumi/pulumi";
import type { Proposal } from "../controllers/proposal";
import { nothing } from "../controllers/proposal";
import { GpuhostError } from "../errors";
import { withoutStacksOfFailures } from "./failedRegistration";
import { engineProcess, planFile, type EngineProcess } from "./engineProcess";
import { unknownInPlan } from "./savedPlan";
import { movedSince, readReview, writeReview, type Review, type Reviewed } from "./review";
import { Run, isLate, type Entry } from "./run";
import { summary } from "./summary";

/** What a program may give back: stack outputs, or nothing. */
export type ProgramResult = Record<string, unknown> | void;

/** Programs of the Automation API may run side by side in one process. */
const current = new AsyncLocalStorage<Run>();

/** The run whose program is being carried out. */
export function currentRun(): Run {
  const run = current.getStore();
  if (run !== undefined) return run;
  throw new pulumi.RunError(
    "Resources of pulumi-gpuhost are made inside program(), which compares what was previewed with what is about to be done. " +
      'Write: module.exports = gpuhost.program(async () => { ... });  or in TypeScript: export = gpuhost.program(async () => { ... });',
  );
}

/**
 * Wraps a Pulumi program that holds resources of this package: `export = program(async () => { ... })`.
 *
 * In a preview it keeps what is shown. In an update it reads all hosts again and ends, before anything registers, with an error
 * that names every host whose plan is not the one previewed, and what moved. Hosts that are refused or unreachable do not keep
 * the others from being finished; they are counted in one error at the end, and so in the exit status.
 *
 * An update that no preview of the same command preceded (`--skip-preview`), and that has no `--plan`, is refused, unless stack config
 * `gpuhost:allowUnreviewed` is true.
 */
export function program(body: () => Promise<ProgramResult> | ProgramResult): () => Promise<ProgramResult> {
  return async () => {
    const review = new Reviewing();
    if (review.engine.pid !== process.pid) withoutStacksOfFailures();
    const run = new Run((entry, proposal) => review.judgeLate(entry, proposal), (entry) => review.waited(entry));
    const outputs = await plainly(async () => {
      const made = await current.run(run, async () => body());
      await review.settle(run);
      return made;
    }).catch((error: unknown) => {
      // A process of its own ends with its error. One that is shared would wait for the resources for ever.
      if (review.engine.pid === process.pid) run.abandon(error);
      throw error;
    });
    run.open();
    const failure = await summary(run, review.goesOn);
    await review.keep(run);
    if (failure !== undefined) endWith(failure, review.engine);
    return outputs;
  };
}

/** Our own errors are the whole story: the engine then shows no stack. */
async function plainly<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw error instanceof GpuhostError ? new pulumi.RunError(error.message) : error;
  }
}

/**
 * Ends the run with an error after the stack's outputs were registered: thrown at once it would wipe them, and a fleet would have no
 * outputs as long as one host is away. An inline program of the Automation API shares its process with others and throws at once.
 */
function endWith(failure: string, engine: EngineProcess): void {
  // Without a stack: the SDK prints it where an error comes after the program.
  const error = Object.assign(new pulumi.RunError(failure), { stack: "" });
  if (engine.pid === process.pid) throw error;
  process.once("beforeExit", () => { throw error; });
}

/** The comparing of one run with the preview before it. */
class Reviewing {
  readonly engine: EngineProcess = engineProcess();
  readonly verb = verbOf(this.engine);
  /** A preview that an update or a saved plan follows: an error in it would take that from all the other hosts. */
  readonly goesOn = pulumi.runtime.isDryRun() && (this.verb === "up" || this.engine.arguments.some((one) => /^--save-plan(=|$)/.test(one)));
  private readonly project = pulumi.getProject();
  private readonly stack = pulumi.getStack();
  private readonly unreviewed = new pulumi.Config("gpuhost").getBoolean("allowUnreviewed") ?? false;
  private readonly planned = planFile(this.engine);
  private readonly dry = pulumi.runtime.isDryRun();
  private readonly reviewed: Review | undefined = this.dry ? undefined : readReview(this.project, this.stack, this.engine);

  /** Only an `up` changes hosts; refresh and destroy may run the program too, and have no plan to compare. */
  private get binding(): boolean {
    return !this.dry && !this.unreviewed && this.verb !== "refresh" && this.verb !== "destroy";
  }

  /** Waits for every proposal that waits for no resource; in an update compares them with what was previewed. */
  async settle(run: Run): Promise<void> {
    if (this.binding && this.planned === undefined && this.reviewed === undefined && run.entries.length > 0) {
      throw new pulumi.RunError(
        "No preview of this run was made, so nobody has seen what it would do; nothing was touched. Run `pulumi up` without " +
          "--skip-preview, or `pulumi preview --save-plan FILE` and `pulumi up --plan FILE`, or allow it for this stack: " +
          "pulumi config set gpuhost:allowUnreviewed true",
      );
    }
    const early = run.entries.filter((entry) => !isLate(entry));
    const proposals = await Promise.all(early.map((entry) => run.proposal(entry)));
    if (this.dry) await this.keep(run);
    if (!this.binding || this.planned !== undefined) return;
    const moved = early.flatMap((entry, index) => this.movedLines(entry, proposals[index]));
    if (moved.length === 0) return;
    throw new pulumi.RunError(`The hosts moved since the preview, nothing was touched. Look again.\n${moved.map((line) => `  ${line}`).join("\n")}`);
  }

  private movedLines(entry: Entry, proposal: Proposal | undefined): readonly string[] {
    if (proposal === undefined) return [];
    // What a saved plan knows of, the engine compares itself.
    if (this.planned !== undefined) return unknownInPlan(this.planned, entry.key) ? [`${entry.host} (${entry.key}): was not known in the saved plan`] : [];
    const before = this.reviewed?.[entry.key];
    if (before === undefined) return [`${entry.host} (${entry.key}): was not in the preview`];
    return movedSince(before, proposal).map((line) => `${entry.host} (${entry.key}): ${line}`);
  }

  /** A proposal that became known after resources registered: it is carried out only if the preview showed it. */
  judgeLate(entry: Entry, proposal: Proposal): Proposal {
    if (!this.binding || proposal.proposal === "refused" || proposal.proposal === "unreachable") return proposal;
    const moved = this.movedLines(entry, proposal);
    if (moved.length === 0) return proposal;
    return nothing("unreviewed", `not reviewed, nothing was done: run \`pulumi up\` again to see the plan first. ${moved.join("; ")}`);
  }

  /** What the preview said the entry waits for; undefined where it did not. */
  waited(entry: Entry): string | undefined {
    const before = this.binding ? this.reviewed?.[entry.key] : undefined;
    return before?.proposal === "waiting" ? before.plan["host"] : undefined;
  }

  /** Keeps what this preview shows. */
  async keep(run: Run): Promise<void> {
    if (!this.dry) return;
    const review: Record<string, Reviewed> = {};
    for (const entry of run.entries) {
      const proposal = isLate(entry) && !entry.isRead ? undefined : await run.proposal(entry);
      if (proposal !== undefined) review[entry.key] = { host: entry.host, proposal: proposal.proposal, plan: proposal.plan };
    }
    writeReview(this.project, this.stack, this.engine, review);
  }
}

const verbs: Readonly<Record<string, string>> = {
  up: "up", update: "up", preview: "preview", pre: "preview", refresh: "refresh", destroy: "destroy", down: "destroy", dn: "destroy",
};

/** What the engine was asked to do; "" where it cannot be told. */
function verbOf(engine: EngineProcess): string {
  const verb = engine.arguments.slice(1).find((argument) => argument in verbs);
  return verb === undefined ? "" : verbs[verb] ?? "";
}
