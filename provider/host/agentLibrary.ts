import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** The shell functions that carry out transactions on a host: one noun a file, in the order of their names. */
const folder = join(__dirname, "agent");

export function agentLibrary(): string {
  const names = readdirSync(folder).filter((name) => name.endsWith(".sh")).sort();
  return names.map((name) => readFileSync(join(folder, name), "utf8")).join("\n");
}
