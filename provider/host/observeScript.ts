import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** Folder of the probes: one file each, run in the order of their names. */
const probes = join(__dirname, "probes");

/** Read once: a fleet needs the same text for every host. */
let made: string | undefined;

/**
 * The reading script: every probe in one function, so that it starts only when it has arrived whole, and so that nothing it runs
 * can read the rest of the script from standard input.
 */
export function observeScript(): string {
  return (made ??= make());
}

function make(): string {
  const parts = readdirSync(probes)
    .filter((name) => name.endsWith(".sh"))
    .sort()
    .map((name) => readFileSync(join(probes, name), "utf8"));
  return `observe() {\n${parts.join("\n")}}\nobserve </dev/null\n`;
}
