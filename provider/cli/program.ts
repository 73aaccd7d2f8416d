import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Command, CommanderError, Option } from "commander";
import type { InspectOptions } from "./inspect";
import { reportCommand } from "./reportCommand";
import { restoreCommand } from "./restore";
import { rolloutCommand } from "./rolloutCommand";

/** Exit status: 0 read and judged, 1 another fingerprint than expected, 2 bad usage, 3 the host or tree could not be read. */
const status = { usage: 2, unreadable: 3 } as const;

/** Of the package that this file is in, compiled or not. */
function version(): string {
  return (JSON.parse(readFileSync(join(__dirname, "..", "..", "package.json"), "utf8")) as { readonly version: string }).version;
}

function program(result: { exitCode: number }): Command {
  const command = new Command("gpuhost")
    .description("Reads a hypervisor and says which of its GPUs can be given to guests, and why the others cannot. Only restore and rollout change anything.")
    .version(version(), "-V, --version", "print the version")
    .exitOverride()
    .showHelpAfterError("(gpuhost --help lists the commands)");
  command
    .command("inspect")
    .description("judge every GPU of a host: this machine, another one over SSH, a recorded tree, or a recording")
    .argument("[recording]", "file made by gpuhost record")
    .addOption(new Option("--root <directory>", "a recorded root tree (any of sys, proc, etc, boot, dev, lib, usr)").conflicts("host"))
    .addOption(new Option("--host <name>", "a host reached over SSH; ~/.ssh/config applies").conflicts("root"))
    .option("--policy <file>", "gpu-policy.yaml: trust level, severities, exceptions, known devices (docs/policy.md); without it guests are strangers to each other")
    .option("--name <name>", "the name of the host in the policy, where it is not what --host says")
    .option("--today <day>", "judge as on this day (2027-01-31): which exceptions will have expired")
    .option("--expect <fingerprint>", "exit 1 when readiness does not rest on the facts with this fingerprint")
    .option("--json", "print one JSON object instead of tables")
    .addHelpText("after", "\nExit status: 0 read and judged, 1 another fingerprint than expected, 2 bad usage, 3 the host could not be read.")
    .action(async (recording: string | undefined, options: Omit<InspectOptions, "recording">) => {
      const { inspect } = await import("./inspect.js");
      result.exitCode = await inspect({ ...options, ...(recording === undefined ? {} : { recording }) });
    });
  command
    .command("record")
    .description("keep what the reading script saw of a host as a file, without serial numbers, MAC and IP addresses and host names")
    .requiredOption("--host <name>", "a host reached over SSH; ~/.ssh/config applies")
    .requiredOption("-o, --output <file>", "the recording (a compressed tar)")
    .action(async (options: { host: string; output: string }) => {
      const { record } = await import("./record.js");
      await record(options);
    });
  restoreCommand(command, result);
  reportCommand(command, result, version);
  rolloutCommand(command, result);
  return command;
}

/** Runs one command line, without the program's own name, and returns the exit status. */
export async function runCommand(args: readonly string[]): Promise<number> {
  const result = { exitCode: 0 };
  try {
    await program(result).parseAsync([...args], { from: "user" });
    return result.exitCode;
  } catch (error) {
    return exitCodeOf(error);
  }
}

async function exitCodeOf(error: unknown): Promise<number> {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : status.usage;
  const { GpuhostError, InputError } = await import("../errors.js");
  if (!(error instanceof GpuhostError)) throw error;
  process.stderr.write(`gpuhost: ${error.message}\n`);
  return error instanceof InputError && (error.code === "policy" || error.code === "usage") ? status.usage : status.unreadable;
}
