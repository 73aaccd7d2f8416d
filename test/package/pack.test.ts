import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { writeTree } from "../facts/trees";
import { shared } from "../report/hosts";

// The package as a user gets it: packed, installed with nothing but its peer into an empty project, and used from there.
const root = resolve(__dirname, "..", "..");
const project = mkdtempSync(join(tmpdir(), "gpuhost-package-"));
const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
  devDependencies: Record<string, string>;
};
const checkout = join(root, "node_modules", ".bin");

/** What `npm test` adds to the environment is about this checkout and would mislead npm and Node in another project. */
const environment = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !/^(npm_(package|lifecycle|command|config_local_prefix)|INIT_CWD|NODE_PATH|NODE_OPTIONS|VITEST)/.test(name)),
);
const node24 = { ...environment, PATH: [checkout, environment["PATH"]].join(delimiter) };

function npm(cwd: string, ...args: string[]): string {
  const { status, stdout, stderr } = spawnSync("npm", ["--loglevel=error", ...args], { cwd, encoding: "utf8", env: node24 });
  if (status !== 0) throw new Error(`npm ${args[0]} failed:\n${stdout}${stderr}`);
  return stdout;
}

function node(file: string, text: string): string {
  writeFileSync(join(project, file), text);
  return execFileSync(process.execPath, [file], { cwd: project, encoding: "utf8", env: environment }).trim();
}

const classes = ["KernelArguments", "VfioBinding", "HostReboot", "IommuVerification", "GpuHost"];
const kinds = `console.log(JSON.stringify(${JSON.stringify(classes)}.map((name) => typeof gpuhost[name])));`;

/** The optional peer, from then on. */
function addOpenstack(): void {
  const link = join(project, "node_modules", "@pulumi", "openstack");
  if (!existsSync(link)) symlinkSync(join(root, "node_modules", "@pulumi", "openstack"), link);
}

/** Whether this process has loaded anything of @pulumi/openstack. */
const loaded = `console.log(Object.keys(require.cache).some((file) => /@pulumi.openstack/.test(file)) ? "loaded" : "not loaded");`;

beforeAll(() => {
  // dist/ was built before this file began; building here would change it under other tests.
  const tarballs = mkdtempSync(join(project, "tarballs-"));
  npm(root, "pack", "--ignore-scripts", "--pack-destination", tarballs);
  const tarball = join(tarballs, readdirSync(tarballs)[0] ?? "nothing");
  const version = (name: string): string => `${name}@${manifest.devDependencies[name]}`;
  writeFileSync(join(project, "package.json"), JSON.stringify({ name: "user", private: true }));
  npm(project, "install", "--prefer-offline", "--no-audit", "--no-fund", tarball, version("@pulumi/pulumi"), version("typescript"), version("@types/node"));
});
afterAll(() => rmSync(project, { recursive: true, force: true }));

describe("the packed package", () => {
  const inPackage = (...path: string[]): string => join(project, "node_modules", "pulumi-gpuhost", ...path);

  it("holds the compiled package, its declarations and its shell, and no test and no source", () => {
    const files = readdirSync(inPackage("dist"), { recursive: true, encoding: "utf8" });
    for (const file of ["index.js", "index.d.ts", "openstackResources/index.js", "openstackResources/index.d.ts", "dynamic/runtime.js", "dynamic/runtime.d.ts", "cli/main.js"]) expect(files).toContain(file);
    const shell = readdirSync(join(root, "provider"), { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".sh"));
    expect(files.filter((file) => file.endsWith(".sh")).toSorted()).toEqual(shell.toSorted());
    expect(files.filter((file) => /\.test\.|(?<!\.d)\.ts$/.test(file))).toEqual([]);
    expect(readdirSync(inPackage()).filter((name) => /^(test|provider|examples)$/.test(name))).toEqual([]);
  });

  it("is required by a CommonJS program", () => {
    const says = node("common.cjs", `const gpuhost = require("pulumi-gpuhost");\n${kinds}`);
    expect(JSON.parse(says)).toEqual(classes.map(() => "function"));
  });

  it("is imported by an ES module, by name and as a whole", () => {
    const says = node("module.mjs", `import { GpuHost } from "pulumi-gpuhost";\nimport * as gpuhost from "pulumi-gpuhost";\n` +
      `if (GpuHost !== gpuhost.GpuHost) throw new Error("two packages");\n${kinds}`);
    expect(JSON.parse(says)).toEqual(classes.map(() => "function"));
  });

  it.each(["cjs", "mjs"])("gives state of old its runtime, from a .%s program", (extension) => {
    const says = node(`runtime.${extension}`,
      `import("pulumi-gpuhost/runtime").then((runtime) => console.log(typeof runtime.controller("KernelArguments").check));`);
    expect(says).toBe("function");
  });

  it("needs @pulumi/openstack for pulumi-gpuhost/openstack alone, and says so where it is not there", () => {
    expect(existsSync(join(project, "node_modules", "@pulumi", "openstack"))).toBe(false);
    expect(node("hosts.cjs", `require("pulumi-gpuhost"); require("pulumi-gpuhost/runtime");\n${loaded}`)).toBe("not loaded");
    expect(node("flavors.cjs", `try { require("pulumi-gpuhost/openstack"); } catch (error) { console.log(error.message.split("\\n")[0]); }`))
      .toBe("Cannot find module '@pulumi/openstack'");
  });

  it("never loads @pulumi/openstack from its main entry where it is there, and gives GpuFlavor from the other", () => {
    addOpenstack();
    expect(node("hosts.cjs", `require("pulumi-gpuhost"); require("pulumi-gpuhost/runtime");\n${loaded}`)).toBe("not loaded");
    expect(node("flavors.cjs", `console.log(typeof require("pulumi-gpuhost/openstack").GpuFlavor);\n${loaded}`)).toBe("function\nloaded");
    expect(node("flavors.mjs", `import { GpuFlavor } from "pulumi-gpuhost/openstack";\nconsole.log(typeof GpuFlavor);`)).toBe("function");
  });

  it("brings the gpuhost command", () => {
    expect(npm(project, "exec", "--no", "--", "gpuhost", "--help")).toContain("inspect");
  });

  it("draws a report with what it brought along", () => {
    const tree = writeTree(shared());
    try {
      expect(npm(project, "exec", "--no", "--", "gpuhost", "report", "--root", tree, "--svg").match(/IOMMU group 1</g)).toHaveLength(1);
    } finally {
      rmSync(tree, { recursive: true, force: true });
    }
  });

  it.each(["cts", "mts"])("brings types to a .%s program", (extension) => {
    addOpenstack();
    const file = `typed.${extension}`;
    writeFileSync(join(project, file), [
      `import { KernelArguments } from "pulumi-gpuhost";`,
      `import type { GpuFlavor } from "pulumi-gpuhost/openstack";`,
      `export type Arguments = ConstructorParameters<typeof KernelArguments>;`,
      `export const wrong: Arguments[0] = 1;`,
      `export const alsoWrong: ConstructorParameters<typeof GpuFlavor>[1] = { vcpus: 1, ramMiB: 1 };`,
    ].join("\n"));
    const tsc = join(project, "node_modules", "typescript", "bin", "tsc");
    const { stdout } = spawnSync(process.execPath, [
      tsc, "--noEmit", "--strict", "--module", "nodenext", "--target", "es2022", "--types", "node", file,
    ], { cwd: project, encoding: "utf8" });
    // The types are really there: the mistakes are found, and nothing else.
    expect(stdout.trim().split("\n")).toEqual([
      `${file}(4,14): error TS2322: Type 'number' is not assignable to type 'string'.`,
      expect.stringMatching(/^typed\.[cm]ts\(5,14\): error TS2741: Property 'diskGiB' is missing/),
    ]);
  });
});
