// `npm run mutants -- [FILE...]`: mutation testing of the readiness room, or of some files of it: each place where its code could be wrong is made
// wrong, and some test has to fail. docs/mutation-run.md has what a run showed. It is no part of `npm test`. Stryker's instrumenter is no
// dependency of this project: it is installed into a copy of the checkout, and the copy is what is changed.
import { copyFileSync, cpSync, existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { again, ask, binFolder, environmentWith, readJson, root, run, say, script, Stop } from "./common.mjs";
import { mutantsTable, survivors } from "./mutantsTable.mjs";

const instrumenter = "@stryker-mutator/instrumenter@10.1.1";

/** What git knows and what is new, with node_modules. */
function copyOfCheckout() {
  const files = ask("git", ["-C", root, "ls-files", "-co", "--exclude-standard"])?.split("\n");
  if (files === undefined) throw new Stop("This is no git checkout, so nothing says what to copy.");
  const copy = mkdtempSync(join(tmpdir(), "gpuhost-mutants-"));
  for (const file of files.filter((name) => existsSync(join(root, name)))) {
    mkdirSync(dirname(join(copy, file)), { recursive: true });
    copyFileSync(join(root, file), join(copy, file));
  }
  cpSync(join(root, "node_modules"), join(copy, "node_modules"), { recursive: true, verbatimSymlinks: true });
  return copy;
}

/** Runs a command in the copy; its output is the message where it fails. */
async function step(copy, what, command, ...args) {
  const { status, output } = await run(command, args, { cwd: copy, env: environmentWith([join(copy, "node_modules/.bin"), binFolder]), what });
  if (status !== 0) throw new Stop(`${command} ${args.join(" ")} failed:\n${output}`);
}

await script(async () => {
  const elsewhere = await again();
  if (elsewhere !== undefined) return elsewhere;
  const asked = process.argv.slice(2);
  const files = asked.length > 0 ? asked : ask("git", ["-C", root, "ls-files", "provider/readiness/*.ts"])?.split("\n") ?? [];
  const copy = copyOfCheckout();
  try {
    await step(copy, "installing the instrumenter", "npm", "install", "--no-save", "--no-audit", "--no-fund", "--ignore-scripts", instrumenter);
    await step(copy, "making mutants", "node", "test/mutation/instrument.mjs", ...files);
    await step(copy, "running the tests of each mutant", "vitest", "run", "--config", "test/mutation/vitest.config.mts");
    const results = join(root, "test-results/mutants.json");
    mkdirSync(dirname(results), { recursive: true });
    copyFileSync(join(copy, "test/mutation/results.json"), results);
    const mutants = readJson(results);
    process.stdout.write(`${survivors(mutants).join("\n")}\n\n${mutantsTable(mutants)}\n`);
    say(`all of it: ${results}`);
    return 0;
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
});
