// `npm run soak`: the long tests (`*.soak.ts`): a fault at every step, on the real kernel and on the simulated hosts. Hours on
// a small machine, so it is no part of `npm test`; what it prints also goes to test-results/soak.log.
// `npm run soak -- test/vm` runs one folder's.
import { createWriteStream, mkdirSync } from "node:fs";
import { join } from "node:path";
import { again, environmentWith, root, script } from "./common.mjs";
import { build } from "./build.mjs";
import { packages } from "./packages.mjs";
import { Tally } from "./tally.mjs";
import { toolchain } from "./toolchain.mjs";

await script(async () => {
  const tools = await toolchain();
  const elsewhere = await again();
  if (elsewhere !== undefined) return elsewhere;
  mkdirSync(join(root, "test-results"), { recursive: true });
  const log = createWriteStream(join(root, "test-results", "soak.log"));
  const write = process.stdout.write.bind(process.stdout);
  process.stdout.write = (text, ...rest) => { log.write(text); return write(text, ...rest); };

  const tally = new Tally();
  await packages();
  await tally.check("build", build);
  await tally.vitest("soak", ["soak"], "verbose", environmentWith(tools.folders), process.argv.slice(2));
  if (tally.files.length === 0) tally.fail("no soak test was found");
  tally.explain();
  process.stdout.write(`${tally.line}\n`);
  return tally.failed > 0 ? 1 : 0;
});
