import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { engine, root, tools } from "./engine";
import { Running, type EngineResult } from "./running";

export interface StackOptions {
  /** Text of index.js (CommonJS: starts in half the time of TypeScript). */
  readonly program?: string;
  /** More files of the project by relative path; an "index.ts" here makes it a TypeScript program. */
  readonly files?: Readonly<Record<string, string>>;
  /** Stack configuration; a key without a namespace belongs to project "test". */
  readonly config?: Readonly<Record<string, string>>;
  readonly secrets?: Readonly<Record<string, string>>;
  readonly environment?: Readonly<Record<string, string>>;
}

export interface StateResource {
  readonly urn: string;
  readonly type: string;
  readonly id?: string;
  readonly inputs?: Record<string, unknown>;
  readonly outputs?: Record<string, unknown>;
  readonly initErrors?: readonly string[];
}

export interface StackState {
  readonly deployment: {
    readonly resources?: readonly StateResource[];
    readonly pending_operations?: readonly { readonly type: string; readonly resource: StateResource }[];
  };
}

/**
 * A throw-away project and stack `dev` on the real engine. The checkout's node_modules is linked into the project, so
 * programs `require("pulumi-gpuhost")`: that is dist/, which `npm run build` makes.
 */
export class Stack {
  private constructor(
    /** Holds project/, state/ and home/. */
    readonly folder: string,
    readonly environment: Record<string, string>,
  ) {}

  static async create(options: StackOptions): Promise<Stack> {
    const folder = mkdtempSync(join(tmpdir(), "gpuhost-engine-"));
    const stack = new Stack(folder, engine(folder, options.environment));
    mkdirSync(stack.project);
    const typescript = options.files?.["index.ts"] !== undefined;
    stack.write("Pulumi.yaml", [
      "name: test", "runtime:", "  name: nodejs", "  options:", `    typescript: ${typescript}`, `main: index.${typescript ? "ts" : "js"}`, "",
    ].join("\n"));
    stack.write("package.json", JSON.stringify({ name: "test", private: true }));
    if (options.program !== undefined) stack.write("index.js", options.program);
    for (const [path, text] of Object.entries(options.files ?? {})) stack.write(path, text);
    symlinkSync(join(root, "node_modules"), join(stack.project, "node_modules"));
    succeeded(await stack.run(["stack", "init", "dev"]));
    await stack.configure(options.config ?? {}, options.secrets ?? {});
    return stack;
  }

  /** The project's folder: where the program and the provider run. */
  get project(): string {
    return join(this.folder, "project");
  }

  /** Writes a file of the project: a changed program, for one. */
  write(path: string, text: string): void {
    const file = join(this.project, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }

  /** A file of the project, e.g. Pulumi.dev.yaml. */
  read(path: string): string {
    return readFileSync(join(this.project, path), "utf8");
  }

  /** Starts any pulumi command without waiting for its end. */
  start(args: readonly string[], environment: Readonly<Record<string, string>> = {}): Running {
    return new Running(tools().pulumi, [...args, "--non-interactive", "--color", "never"], {
      cwd: this.project, env: { ...this.environment, ...environment },
    });
  }

  /** Any pulumi command; a failure is a result like any other. */
  run(args: readonly string[], environment: Readonly<Record<string, string>> = {}): Promise<EngineResult> {
    return this.start(args, environment).result;
  }

  async configure(plain: Readonly<Record<string, string>>, secrets: Readonly<Record<string, string>> = {}): Promise<void> {
    const pairs = [
      ...Object.entries(plain).flatMap(([key, value]) => ["--plaintext", `${key}=${value}`]),
      ...Object.entries(secrets).flatMap(([key, value]) => ["--secret", `${key}=${value}`]),
    ];
    if (pairs.length > 0) succeeded(await this.run(["config", "set-all", "--stack", "dev", ...pairs]));
  }

  preview(...args: string[]): Promise<EngineResult> {
    return this.run(["preview", "--stack", "dev", "--diff", ...args]);
  }

  /** `pulumi up --yes`: previews first, then applies, as a person's `up` does. */
  up(...args: string[]): Promise<EngineResult> {
    return this.run(["up", "--stack", "dev", "--yes", "--diff", ...args]);
  }

  refresh(...args: string[]): Promise<EngineResult> {
    return this.run(["refresh", "--stack", "dev", "--yes", "--diff", ...args]);
  }

  destroy(...args: string[]): Promise<EngineResult> {
    return this.run(["destroy", "--stack", "dev", "--yes", ...args]);
  }

  /** Takes the lock off that a killed engine left. */
  cancel(): Promise<EngineResult> {
    return this.run(["cancel", "dev", "--yes"]);
  }

  /** State as `pulumi stack export` gives it; secrets stay encrypted. */
  async exportState(): Promise<StackState> {
    return JSON.parse(succeeded(await this.run(["stack", "export", "--stack", "dev"])).stdout) as StackState;
  }

  /** Puts a state in the place of what there is. */
  async importState(state: StackState): Promise<void> {
    this.write("state.json", JSON.stringify(state));
    succeeded(await this.run(["stack", "import", "--stack", "dev", "--file", "state.json"]));
  }

  /** State's entry of the resource called `name`. */
  async resource(name: string): Promise<StateResource | undefined> {
    const { deployment } = await this.exportState();
    return deployment.resources?.find((one) => one.urn.endsWith(`::${name}`));
  }

  /** The program's exported values. */
  async outputs(): Promise<Record<string, unknown>> {
    return JSON.parse(succeeded(await this.run(["stack", "output", "--stack", "dev", "--json"])).stdout) as Record<string, unknown>;
  }

  /** Removes everything; what the stack made on hosts is not its business. */
  dispose(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** The result, or an error that holds all the engine said. */
export function succeeded(result: EngineResult): EngineResult {
  if (result.exitCode === 0) return result;
  throw new Error(`pulumi ended with ${result.exitCode}:\n${result.stdout}\n${result.stderr}`);
}
