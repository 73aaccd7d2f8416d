import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import type * as Automation from "@pulumi/pulumi/automation/index.js";
import { GpuhostError } from "../errors";
import type { Engine } from "../rollout/drive";
import { engineTrouble, hasMoved } from "../rollout/engineTrouble";
import { PreviewText } from "../rollout/previewText";
import type { EngineEvent } from "../rollout/happening";

export interface StackOptions {
  /** Default: the one that is selected. */
  readonly stack?: string | undefined;
  /** Where the stack's program is. Default: here. */
  readonly cwd?: string | undefined;
}

/** Where the engine's own text goes, and what tells it to stop. */
export interface EngineTalk {
  /** What a preview says, word for word. */
  shows(text: string): void;
  readonly color: "always" | "never";
  readonly signal: AbortSignal;
}

/** The preview of an update is kept as a file, and the update takes nothing else: see docs/decisions/0003. */
export class StackEngine implements Engine {
  private readonly kept = mkdtempSync(join(tmpdir(), "gpuhost-rollout-"));
  private readonly plan = join(this.kept, "plan.json");
  private previews = 0;

  private constructor(private readonly stack: Automation.Stack, private readonly where: { readonly stack: string; readonly folder: string }, private readonly talk: EngineTalk) {}

  /** Throws a GpuhostError with what an operator can mend: no engine, no project, no such stack. */
  static async open({ stack, cwd }: StackOptions, talk: EngineTalk): Promise<StackEngine> {
    const where = { stack: stack ?? "", folder: resolve(cwd ?? ".") };
    try {
      const { LocalWorkspace, Stack: Opened } = await automation();
      const workspace = await LocalWorkspace.create({ workDir: where.folder });
      const name = stack ?? (await workspace.stack())?.name;
      if (name === undefined) throw new Error("no stack is selected");
      if (stack !== undefined) await mustExist(stack, workspace.pulumiCommand.command, where.folder);
      // Every command of the Automation API names its stack; that it also selects it would change what a person's next `pulumi up` is about.
      const opened = await Opened.select(name, Object.assign(workspace, { selectStack: async () => undefined }));
      return new StackEngine(opened, { ...where, stack: name }, talk);
    } catch (error) {
      throw error instanceof GpuhostError ? error : new GpuhostError("engine", engineTrouble(textOf(error), where));
    }
  }

  get name(): string {
    return this.where.stack;
  }

  async preview(onEvent: (event: EngineEvent) => void): Promise<string | undefined> {
    const { color, signal } = this.talk;
    if (this.previews++ > 0) this.talk.shows("\n");
    const shown = new PreviewText((text) => this.talk.shows(text));
    const shows = (text: string): void => shown.take(text);
    const wrong = await this.said(() => this.stack.preview({ plan: this.plan, diff: true, color, signal, onEvent, onOutput: shows, onError: shows }));
    shown.end();
    return wrong?.says;
  }

  async update(onEvent: (event: EngineEvent) => void): Promise<{ readonly says: string; readonly moved: boolean } | undefined> {
    const { signal } = this.talk;
    // One host that fails keeps no other from being finished.
    return this.said(() => this.stack.up({ plan: this.plan, continueOnError: true, color: "never", signal, onEvent }));
  }

  private async said(work: () => Promise<unknown>): Promise<{ readonly says: string; readonly moved: boolean } | undefined> {
    try {
      await work();
      return undefined;
    } catch (error) {
      const text = textOf(error);
      return { says: engineTrouble(text, this.where), moved: hasMoved(text) };
    }
  }

  close(): void {
    rmSync(this.kept, { recursive: true, force: true });
  }
}

/** Throws in the engine's words where there is no such stack. */
async function mustExist(stack: string, pulumi: string, cwd: string): Promise<void> {
  await promisify(execFile)(pulumi, ["stack", "--show-name", "--stack", stack, "--non-interactive"], { cwd });
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** A peer of this package that only programs and this command need. */
async function automation(): Promise<Pick<typeof Automation, "LocalWorkspace" | "Stack">> {
  try {
    return await import("@pulumi/pulumi/automation/index.js");
  } catch (error) {
    if (!["ERR_MODULE_NOT_FOUND", "MODULE_NOT_FOUND"].includes((error as NodeJS.ErrnoException).code ?? "")) throw error;
    throw new GpuhostError("engine", "gpuhost rollout needs @pulumi/pulumi, which is not installed beside this package: npm install @pulumi/pulumi");
  }
}
