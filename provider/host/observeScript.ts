import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** Folder of the probes: one file each, run in the order of their names. */
const probes = join(__dirname, "probes");

/**
 * What shells and grep print comes in hundreds of small pieces, each of which would wake sshd and travel as a packet of its own; dd hands
 * on large ones. A pipe says nothing of how its first part ended, so the one error that the script has is looked for before.
 */
const whole = `[ -d "\${GPUHOST_ROOT:-/}" ] && [ -x "\${GPUHOST_ROOT:-/}" ] || return 3\nread_host | dd ibs=65536 obs=65536 2>/dev/null\n`;

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
  return `# shellcheck disable=SC2317 # it follows no pipe\nread_host() {\n${parts.join("\n")}}\nobserve() {\n${whole}}\nobserve </dev/null\n`;
}
