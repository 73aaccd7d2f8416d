import { GpuhostError, InputError } from "../errors";
import type { Connection } from "../host/connection";
import type { Host } from "../host/host";
import { apply, untouched } from "./apply";
import type { Aspect } from "./aspect";
import { check, type CheckResult } from "./check";
import { changes } from "./diff";
import { withCloud } from "./clouds";
import { openHost } from "./hosts";
import { identityText } from "./identity";
import { refusalLines, sentences } from "./proposal";
import { plain, written, type Inputs, type Outputs } from "./record";
import { aspectOf } from "./registry";
import { refused } from "../plan/plan";
import { oneAtATime } from "./oneAtATime";
import { configureWith, declaredGone, stackSecret } from "./settings";
import { undo } from "./undo";

/**
 * What the serialised provider calls, the same for every kind. Names and parameters are a contract with the state of every
 * stack: they are never changed, only added to. Records come from the engine as plain JSON.
 */
export class Lifecycle {
  constructor(private readonly kind: string) {}

  private get aspect(): Aspect<unknown> {
    return aspectOf(this.kind);
  }

  configure(request: unknown): void {
    configureWith(request);
  }

  check(olds: unknown, news: unknown): CheckResult {
    return check(this.aspect, record(olds), record(news) as Inputs);
  }

  diff(_id: string, olds: unknown, news: unknown): { readonly changes: boolean } {
    return { changes: changes(this.aspect, record(olds), record(news) as Inputs) };
  }

  async create(inputs: unknown): Promise<{ readonly id: string; readonly outs: Outputs }> {
    const news = record(inputs) as Inputs;
    const id = `${hostOf(news)}/${this.kind}`;
    return { id, outs: await this.applied(id, {}, news) };
  }

  async update(id: string, olds: unknown, news: unknown): Promise<{ readonly outs: Outputs }> {
    const inputs = record(news) as Inputs;
    // The machine of before was declared gone: whatever answers now is a new one, to which nothing was done yet.
    const before = declaredGone(hostOf(inputs)) ? {} : record(olds);
    return { outs: await this.applied(id, before, inputs) };
  }

  private async applied(id: string, olds: Partial<Outputs>, inputs: Inputs): Promise<Outputs> {
    try {
      return await oneAtATime(hostOf(inputs), () => apply(this.aspect, this.desired(inputs), inputs, olds, () => open(inputs)));
    } catch (error) {
      if (!(error instanceof GpuhostError)) throw error;
      // Recorded as half done, so that the next run continues and a destroy undoes.
      const properties = { ...untouched(this.aspect, inputs, olds, "failed", error.message), touched: true };
      throw Object.assign(new Error(error.message), { id, properties, reasons: [error.message] });
    }
  }

  async read(id: string, properties: unknown): Promise<{ readonly id: string; readonly props: Outputs }> {
    const props = record(properties) as Outputs;
    if (props.connection === undefined) {
      throw new InputError("no-import", `${this.kind} cannot be imported: write it into the program and run \`pulumi up\`, which takes over what is already as wanted.`);
    }
    return { id, props: plain({ ...props, seen: await this.seen(props) }) };
  }

  /** One sentence about the host as it is now. `observed` is left alone: refreshed, it would hide a drift from the next preview. */
  private async seen(props: Outputs): Promise<string> {
    if (declaredGone(hostOf(props))) return "declared gone";
    try {
      const host = await open(props);
      const desired = this.desired(props);
      const facts = await withCloud(this.aspect, await host.observe(), desired);
      const identity = identityText(facts.identity);
      if (props.touched && identity !== props.identity) return `another machine answers: recorded ${props.identity}, found ${identity}`;
      const plan = this.aspect.plan(facts, desired);
      if (refused(plan)) return sentences(refusalLines(plan));
      if (plan.observed === props.observed) return "as recorded";
      return `drifted: ${plan.observed} (recorded: ${props.observed === "" ? "nothing" : props.observed})`;
    } catch (error) {
      if (error instanceof GpuhostError) return `not read: ${error.message}`;
      throw error;
    }
  }

  async delete(_id: string, properties: unknown): Promise<void> {
    const props = record(properties) as Outputs;
    try {
      await oneAtATime(hostOf(props), () => undo(this.aspect, () => this.desired(props), props, () => open(props)));
    } catch (error) {
      // The SDK prints the stack of whatever is thrown here; the message is the whole story.
      if (error instanceof GpuhostError) error.stack = "";
      throw error;
    }
  }

  /** The desired state of a record that passed `check`. */
  private desired(fields: Inputs): unknown {
    const parsed = this.aspect.parse(written(fields, this.aspect.outputs));
    if ("desired" in parsed) return parsed.desired;
    throw new InputError("bad-record", `${hostOf(fields)}: ${parsed.errors.map(({ path, reason }) => `${path}: ${reason}`).join("; ")}`, hostOf(fields));
  }
}

function record(of: unknown): Record<string, unknown> & Partial<Outputs> {
  return (typeof of === "object" && of !== null ? of : {}) as Record<string, unknown> & Partial<Outputs>;
}

/** Name of the host as the user wrote it. */
export function hostOf(fields: Readonly<Record<string, unknown>>): string {
  return (fields["connection"] as Connection | undefined)?.host ?? "?";
}

const open = (fields: Readonly<Record<string, unknown>>): Promise<Host> =>
  openHost(fields["connection"] as Connection, { resolveSecret: stackSecret });

