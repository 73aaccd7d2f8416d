// `npm run soak`: the long tests (`*.soak.ts`): a fault at every step, on the simulated hosts and on the real kernel. Hours on a
// small machine, so it is no part of `npm test`; what it prints also goes to test-results/soak.log. `--help` says how to limit it.
import { createWriteStream, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { again, environmentWith, root, script } from "./common.mjs";
import { build } from "./build.mjs";
import { packages } from "./packages.mjs";
import { help, soakOptions } from "./soakOptions.mjs";
import { rowsOf, table } from "./soakTable.mjs";
import { Tally } from "./tally.mjs";
import { toolchain } from "./toolchain.mjs";

await script(async () => {
  const options = soakOptions(process.argv.slice(2));
  if (options.help) {
    process.stdout.write(`${help}\n`);
    return 0;
  }
  const tools = await toolchain();
  const elsewhere = await again();
  if (elsewhere !== undefined) return elsewhere;
  const results = join(root, "test-results");
  mkdirSync(results, { recursive: true });
  const log = createWriteStream(join(results, "soak.log"));
  const write = process.stdout.write.bind(process.stdout);
  process.stdout.write = (text, ...rest) => { log.write(text); return write(text, ...rest); };

  const rows = join(results, "soak-rows.jsonl");
  rmSync(rows, { force: true });
  const tally = new Tally();
  await packages();
  await tally.check("build", build);
  const environment = { ...environmentWith(tools.folders), ...options.environment, GPUHOST_SOAK_ROWS: rows };
  await tally.vitest("soak", ["soak"], "verbose", environment, options.filters);
  if (tally.files.length === 0) tally.fail("no soak test was found");
  tally.explain();
  process.stdout.write(`${table(rowsOf(rows))}\n\n${tally.line}\n`);
  return tally.failed > 0 ? 1 : 0;
});
