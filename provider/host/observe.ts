import { MalformedFactError } from "../errors";
import { hostFacts } from "../facts/assemble";
import type { HostFacts } from "../facts/hostFacts";
import { parseStream } from "../facts/stream";
import type { TreeSnapshot } from "../facts/treeSnapshot";
import { observeScript } from "./observeScript";
import type { Shell } from "./shell";
import { today } from "./today";

/** Reading config spaces and process tables of a large hypervisor takes a few seconds; a hung device takes forever. */
const deadlineSeconds = 120;

/** One exec that reads the host and changes nothing. Throws MalformedFactError when the answer is cut short or makes no sense. */
export async function observe(shell: Shell, environment: Readonly<Record<string, string>> = {}): Promise<HostFacts> {
  return { ...hostFacts(await readSnapshot(shell, environment), shell.hostKey), readOn: today() };
}

/** The reading itself, before any of it is interpreted; `gpuhost record` keeps it. */
export async function readSnapshot(shell: Shell, environment: Readonly<Record<string, string>> = {}): Promise<TreeSnapshot> {
  const result = await shell.run(observeScript(), { what: "reading the host", deadlineSeconds }, environment);
  if (result.exitCode === 3) throw new MalformedFactError("no-such-tree", `${shell.name}: there is no directory to read`, shell.name);
  if (result.exitCode !== 0) {
    const said = result.stderr.trim().split("\n").at(-1) ?? "";
    throw new MalformedFactError("reading-failed", `${shell.name}: the reading script ended with ${result.signal ?? `status ${result.exitCode}`}${said === "" ? "" : `: ${said}`}. Nothing was changed.`, shell.name);
  }
  return parseStream(result.stdout, shell.name);
}
