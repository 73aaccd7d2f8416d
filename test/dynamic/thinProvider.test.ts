import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import ts from "typescript";
import { afterAll, describe, expect, it } from "vitest";

const root = resolve(__dirname, "..", "..");
const golden = join(__dirname, "golden");
const versions = readdirSync(golden).toSorted((a, b) => a.localeCompare(b, "en", { numeric: true }));
const cache = join(root, "node_modules", ".cache");
mkdirSync(cache, { recursive: true });
const folder = mkdtempSync(join(cache, "gpuhost-thin-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** thinProvider.ts as the package's own compiler settings make it. */
function compiled(): string {
  const { config } = ts.readConfigFile(join(root, "tsconfig.json"), (path) => readFileSync(path, "utf8")) as { config: { compilerOptions: object } };
  const { options } = ts.convertCompilerOptionsFromJson(config.compilerOptions, root);
  const source = readFileSync(join(root, "provider", "dynamic", "thinProvider.ts"), "utf8");
  const file = join(folder, "thinProvider.js");
  writeFileSync(file, ts.transpileModule(source, { compilerOptions: options, fileName: join(root, "provider", "thinProvider.ts") }).outputText);
  return file;
}

function serialised(file: string): string {
  return execFileSync(process.execPath, [join(__dirname, "serialised.cjs"), file, "KernelArguments"], { encoding: "utf8", cwd: root });
}

describe("what Pulumi writes into state", () => {
  it("is the newest golden text, to the letter", () => {
    const newest = versions.at(-1) ?? "";
    expect(serialised(compiled()), "a change here is a new wire format: add a golden text, never edit one")
      .toBe(readFileSync(join(golden, newest), "utf8"));
  });

  it.each(versions)("captured nothing but the kind (%s)", (version) => {
    const text = readFileSync(join(golden, version), "utf8");
    expect(text.match(/import\("[^"]*"\)|require\("[^"]*"\)/g)?.filter((one) => one !== 'import("pulumi-gpuhost/runtime")')).toEqual([]);
    expect(text).toContain('kind = "KernelArguments"');
    expect(text.length).toBeLessThan(5000);
  });
});
