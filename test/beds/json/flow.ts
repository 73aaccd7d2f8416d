import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { root } from "../engine/engine";
import { Stack, type StackOptions } from "../engine/stack";

const resources = join(root, "test", "beds", "json", "resources.cjs");

/** A stack on the real engine whose hosts are JSON files: see hosts.cjs for what is in one. */
export class Flow {
  private constructor(readonly stack: Stack, readonly folder: string) {}

  /** `body` is that of the program's function; `TestBinding`, `TestVerification`, `Unit` and `pulumi` are there. */
  static async create(body: string, options: StackOptions = {}): Promise<Flow> {
    const folder = mkdtempSync(join(tmpdir(), "gpuhost-flow-"));
    const stack = await Stack.create({
      ...options,
      environment: {
        ...options.environment,
        GPUHOST_TEST_HOSTS: folder,
        XDG_CACHE_HOME: join(folder, "cache"),
        NODE_OPTIONS: `--require ${join(root, "test", "beds", "json", "hosts.cjs")}`,
      },
      program: programText(body),
    });
    return new Flow(stack, folder);
  }

  program(body: string): void {
    this.stack.write("index.js", programText(body));
  }

  /** Makes a host, or replaces what it was. */
  host(name: string, of: Readonly<Record<string, unknown>>): void {
    writeFileSync(join(this.folder, `${name}.json`), JSON.stringify(of));
  }

  /** A host that does not answer any more. */
  noHost(name: string): void {
    rmSync(join(this.folder, `${name}.json`), { force: true });
  }

  look(name: string): Record<string, unknown> {
    return JSON.parse(readFileSync(join(this.folder, `${name}.json`), "utf8")) as Record<string, unknown>;
  }

  /** What was asked of a host so far: "observe", "apply TestBinding". */
  calls(name: string): readonly string[] {
    const file = join(this.folder, `${name}.calls`);
    return existsSync(file) ? readFileSync(file, "utf8").trim().split("\n") : [];
  }

  applies(name: string): number {
    return this.calls(name).filter((call) => call.startsWith("apply")).length;
  }

  async output(resource: string, name: string): Promise<unknown> {
    return (await this.stack.resource(resource))?.outputs?.[name];
  }

  dispose(): void {
    this.stack.dispose();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

function programText(body: string): string {
  return [
    'const { program } = require("pulumi-gpuhost");',
    'const pulumi = require("@pulumi/pulumi");',
    `const { TestBinding, TestVerification, Unit } = require(${JSON.stringify(resources)});`,
    "const bind = (name, options) => new TestBinding(name, { connection: { host: name }, driver: 'vfio-pci' }, options);",
    `module.exports = program(async () => { ${body} });`,
  ].join("\n");
}
