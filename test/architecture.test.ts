import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import ts from "typescript";
import { describe, expect, it } from "vitest";

// docs/development.md, "Who may import whom", as a test. A room that is not in this table may not exist.
const root = resolve(__dirname, "..");
const provider = join(root, "provider");
const pure = /^node:(crypto|util|buffer|path\/posix)$/;
/** `types`: rooms of which it may name types, and nothing that runs. */
const rooms: Record<string, { rooms: string[]; types?: string[]; packages: RegExp }> = {
  errors: { rooms: [], packages: /^$/ },
  facts: { rooms: ["errors"], packages: pure },
  readiness: { rooms: ["errors", "facts"], packages: pure },
  // Whose turn it is among many hosts.
  fleet: { rooms: ["errors", "facts"], packages: pure },
  // Hosts of an Ansible inventory: texts in, hosts and variables out. The parser of YAML is as pure as it is.
  inventory: { rooms: ["errors", "facts"], packages: /^yaml$/ },
  // What Nova takes in a flavor.
  flavor: { rooms: ["errors", "facts"], packages: pure },
  // A plan carries findings: why it refuses.
  plan: { rooms: ["errors", "facts", "readiness"], packages: pure },
  // The form of what plans wish for, connections need and policies name (rules, severities); the only room that imports zod.
  schema: { rooms: ["errors", "facts", "flavor", "inventory", "readiness"], types: ["fleet", "plan", "host", "openstack"], packages: /^(zod|yaml)$/ },
  // How many at once: work that waits for others' answers.
  slots: { rooms: [], packages: pure },
  host: { rooms: ["errors", "facts", "readiness", "plan", "slots"], packages: /^(node:.*|ssh2|ssh-config|tar-stream)$/ },
  // The only room that finds clouds.yaml, and the only one that speaks HTTP.
  openstack: { rooms: ["errors", "facts", "plan", "slots"], packages: /^(node:.*|yaml)$/ },
  // What is drawn and written of hosts; Graphviz is somebody else's call.
  report: { rooms: ["errors", "facts", "plan", "readiness"], packages: /^$/ },
  controllers: { rooms: ["errors", "facts", "plan", "readiness", "schema", "host", "openstack"], packages: /^node:/ },
  "dynamic/thinProvider": { rooms: [], packages: /^pulumi-gpuhost\/runtime$/ },
  "dynamic/runtime": { rooms: ["errors", "facts", "plan", "readiness", "schema", "host", "openstack", "controllers"], packages: /^node:/ },
  resources: {
    rooms: ["errors", "facts", "fleet", "inventory", "plan", "readiness", "schema", "host", "openstack", "controllers", "dynamic/thinProvider"],
    packages: /^(node:.*|@pulumi\/pulumi)$/,
  },
  // Resources over those of @pulumi/openstack, in an entry of their own: who has none of it never loads that package.
  openstackResources: { rooms: ["errors", "facts", "flavor", "schema"], packages: /^@pulumi\/(pulumi|openstack)$/ },
  // What people are shown of a rollout, and what comes next, from the engine's events alone.
  rollout: { rooms: ["errors", "fleet"], packages: pure },
  cli: {
    rooms: ["errors", "facts", "plan", "readiness", "schema", "host", "openstack", "controllers", "report", "rollout"],
    packages: /^(node:.*|commander|tar-stream|@hpcc-js\/wasm-graphviz|@pulumi\/pulumi\/automation\/index\.js)$/,
  },
  index: { rooms: ["errors", "resources"], packages: /^$/ },
};

const files = readdirSync(provider, { recursive: true, encoding: "utf8" }).toSorted();
const sources = files.filter((file) => file.endsWith(".ts"));

/** "facts/pci/device.ts" is in room "facts"; the two files of dynamic/ are rooms of their own. */
function roomOf(file: string): string {
  const path = file.replace(/\.ts$/, "");
  return path.startsWith("dynamic/") ? path : path.split("/")[0] ?? path;
}

interface Import {
  readonly from: string;
  /** File below provider/, or the name of a package. */
  readonly to: string;
  readonly isPackage: boolean;
  readonly isTypeOnly: boolean;
}

/** True when every statement that names the file is `import type` or `export type`. */
function isTypeOnly(text: string, name: string): boolean {
  const before = text.split(`"${name}"`).slice(0, -1);
  return before.every((part) => /^(import|export) type\b/.test(part.slice(part.search(/\b(import|export)\b(?![\s\S]*\b(import|export)\b)/))));
}

function importsOf(from: string): Import[] {
  const text = readFileSync(join(provider, from), "utf8");
  return ts.preProcessFile(text, true, true).importedFiles.map(({ fileName }) => {
    const common = { from, isTypeOnly: isTypeOnly(text, fileName) };
    if (!fileName.startsWith(".")) return { ...common, to: fileName, isPackage: true };
    // import() resolves as an ES module does and so names the file with its extension.
    const base = relative(provider, resolve(provider, dirname(from), fileName)).replace(/\.js$/, "");
    const to = [base, `${base}.ts`, `${base}/index.ts`].find((path) => files.includes(path) && /\.\w+$/.test(path));
    return { ...common, to: to ?? base, isPackage: false };
  });
}

const imports = sources.flatMap(importsOf);

/** Circles of imports, each as the way around. */
function circles(): string[] {
  const found: string[] = [];
  const done = new Set<string>();
  const walk = (file: string, way: readonly string[]): void => {
    if (way.includes(file)) found.push([...way.slice(way.indexOf(file)), file].join(" -> "));
    if (way.includes(file) || done.has(file)) return;
    for (const next of imports.filter((one) => one.from === file && !one.isPackage)) walk(next.to, [...way, file]);
    done.add(file);
  };
  for (const file of sources) walk(file, []);
  return found;
}

describe("rooms of provider/", () => {
  it.each(sources)("%s imports only what its room may", (file) => {
    const room = rooms[roomOf(file)];
    const forbidden = imports.filter((one) => one.from === file).filter((one) => {
      if (one.isPackage) return !room?.packages.test(one.to);
      const to = roomOf(one.to);
      return to !== roomOf(file) && !room?.rooms.includes(to) && !(one.isTypeOnly && room?.types?.includes(to));
    });
    expect(room, `${roomOf(file)} is no room`).toBeDefined();
    expect(forbidden.map((one) => one.to)).toEqual([]);
  });

  it("imports files that exist", () => {
    expect(imports.filter((one) => !one.isPackage && !existsSync(join(provider, one.to)))).toEqual([]);
  });

  it("has no circle of imports", () => {
    expect(circles()).toEqual([]);
  });

  it("holds shell in host/ only", () => {
    expect(files.filter((file) => file.endsWith(".sh") && !file.startsWith("host/"))).toEqual([]);
  });

  it("keeps a file to one noun", () => {
    const lines = (file: string): number => readFileSync(join(provider, file), "utf8").trimEnd().split("\n").length;
    expect(sources.filter((file) => lines(file) > 200).map((file) => `${file}: ${lines(file)} lines`)).toEqual([]);
  });
});

describe("the repository", () => {
  const tracked = execFileSync("git", ["ls-files", "-z"], { cwd: root, encoding: "utf8" }).split("\0")
    .filter((file) => file !== "" && existsSync(join(root, file)));
  const holding = (pattern: RegExp): string[] =>
    tracked.filter((file) => pattern.test(readFileSync(join(root, file), "utf8")));

  it("names no package registry: every client uses its own setting", () => {
    expect(holding(/\b(registry|proxy|mirror|files|deb|archive|security|index)\.[a-z-]+\.(org|com|io|net|dev)\b/)).toEqual([]);
  });

  it("names no path of the machine it was written on", () => {
    expect(holding(/(^|[^\w.$/-])\/(work|farm|tmp\/pg)\//m)).toEqual([]);
    expect(tracked.filter((file) => readFileSync(join(root, file), "utf8").includes(`${root}/`))).toEqual([]);
  });
});
