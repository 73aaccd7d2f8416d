// `npm run build`: compiles provider/ to dist/, puts the host's scripts beside it and makes the command executable. A file
// of dist/ is replaced whole and only when it changed, so that a build never pulls it from under a test that is running.
import { chmodSync, existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { pathToFileURL } from "node:url";
import { Stop, root, say, script } from "./common.mjs";

const provider = join(root, "provider");
const dist = join(root, "dist");
/** Files that are no TypeScript and that the code reads at run time. */
const readAtRunTime = /\.(sh|json)$/;

const filesIn = (folder) =>
  existsSync(folder) ? readdirSync(folder, { recursive: true }).filter((path) => statSync(join(folder, path), { throwIfNoEntry: false })?.isFile()) : [];

function put(path, content) {
  if (existsSync(path) && readFileSync(path).equals(Buffer.from(content))) return;
  mkdirSync(dirname(path), { recursive: true });
  const partial = `${path}.partial-${process.pid}`;
  writeFileSync(partial, content);
  renameSync(partial, path);
}

/** Compiles, and returns what TypeScript has to say against it; the output is written all the same. */
async function compile(written) {
  const { default: ts } = await import("typescript");
  const { config } = ts.readConfigFile(join(root, "tsconfig.json"), ts.sys.readFile);
  const { fileNames, options } = ts.parseJsonConfigFileContent(config, ts.sys, root);
  const program = ts.createProgram(fileNames, options);
  program.emit(undefined, (path, text) => {
    put(path, text);
    written.add(relative(dist, path));
  });
  return ts.formatDiagnostics(ts.getPreEmitDiagnostics(program), {
    getCurrentDirectory: () => root, getCanonicalFileName: (name) => name, getNewLine: () => "\n",
  });
}

export async function build() {
  const written = new Set();
  const errors = await compile(written);
  for (const path of filesIn(provider).filter((file) => readAtRunTime.test(file))) {
    put(join(dist, path), readFileSync(join(provider, path)));
    written.add(path);
  }
  // What is no longer in provider/ must not linger in the package.
  for (const path of filesIn(dist)) {
    if (!written.has(path) && !/\.partial-\d+$/.test(path)) rmSync(join(dist, path), { force: true });
  }
  const command = join(dist, "cli", "main.js");
  if (existsSync(command)) chmodSync(command, 0o755);
  if (errors !== "") throw new Stop(`build: TypeScript found errors\n${errors}`);
  say(`build: provider/ compiled to ${relative(root, dist)}/`);
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) await script(build);
