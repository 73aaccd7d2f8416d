// Puts every mutant of the readiness room into its source, each behind a switch (Stryker's instrumenter), and lists them in mutants.json.
// Run in a copy of the checkout: it overwrites what it is given. `node instrument.mjs FILE...`, paths from the root.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Instrumenter } from "@stryker-mutator/instrumenter";
import { ignorer } from "./prose.mjs";

const root = join(import.meta.dirname, "../..");
const silent = { info() {}, debug() {}, warn() {}, error() {}, isDebugEnabled: () => false };
const given = process.argv.slice(2).map((name) => ({ name, mutate: true, content: readFileSync(join(root, name), "utf8") }));
const { files, mutants } = await new Instrumenter(silent).instrument(given, { plugins: null, excludedMutations: [], ignorers: [ignorer] });
for (const { name, content } of files) writeFileSync(join(root, name), `// @ts-nocheck\n${content}`);
const listed = mutants.map(({ id, fileName, mutatorName, replacement, location, statusReason }) => ({
  id, file: fileName, mutator: mutatorName, replacement, location, original: textAt(given.find(({ name }) => name === fileName).content, location), ...(statusReason === undefined ? {} : { leftOut: statusReason }),
}));
writeFileSync(join(root, "test/mutation/mutants.json"), JSON.stringify(listed));

function textAt(content, { start, end }) {
  const lines = content.split("\n").slice(start.line, end.line + 1);
  lines[lines.length - 1] = lines.at(-1).slice(0, end.column);
  lines[0] = lines[0].slice(start.column);
  return lines.join("\n");
}
