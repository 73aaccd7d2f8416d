// `npm run bench`: our reading and our preview beside what people use today, on the same hosts in the same run. `--help` says more.
import { again, script } from "./common.mjs";
import { benchOptions, help } from "./benchOptions.mjs";
import { build } from "./build.mjs";
import { packages } from "./packages.mjs";
import { toolchain } from "./toolchain.mjs";

await script(async () => {
  const options = benchOptions(process.argv.slice(2));
  if (options.help) {
    process.stdout.write(`${help}\n`);
    return 0;
  }
  const print = process.stdout.write.bind(process.stdout);
  // Whoever reads the JSON gets nothing else.
  if (options.json) process.stdout.write = process.stderr.write.bind(process.stderr);
  await toolchain();
  const elsewhere = await again();
  if (elsewhere !== undefined) return elsewhere;
  await packages();
  await build();
  const { allowTypescript } = await import("./typescript.mjs");
  allowTypescript();
  if (options.fleet !== undefined) {
    const { benchFleet } = await import(new URL("../bench/fleet/fleet.ts", import.meta.url));
    return benchFleet(options, (text) => print(`${text}\n`));
  }
  const { bench } = await import(new URL("../bench/bench.ts", import.meta.url));
  return bench(options, (text) => print(`${text}\n`));
});
