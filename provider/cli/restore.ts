import type { Command } from "commander";
import type { Outcome } from "../host/host";

/** Exit status: 0 restored (or nothing to restore), 4 something was left and is named. */
const leftSomething = 4;

/** Adds `gpuhost restore` to the program. The exit status goes into `result`, as with the other commands. */
export function restoreCommand(program: Command, result: { exitCode: number }): void {
  program
    .command("restore")
    .description("undo everything that was done to a host, from the host's own journal; needs no Pulumi state, never reboots")
    .requiredOption("--host <name>", "a host reached over SSH; ~/.ssh/config applies")
    .option("--dry-run", "only say what would be done")
    .addHelpText("after", "\nExit status: 0 restored or nothing to restore, 3 the host could not be reached, 4 something was left as it is and is named.")
    .action(async (options: { host: string; dryRun?: boolean }) => {
      result.exitCode = await restore(options);
    });
}

async function restore(options: { readonly host: string; readonly dryRun?: boolean }): Promise<number> {
  const { hostname, userInfo } = await import("node:os");
  const { sharedShell, closeSharedShells } = await import("../host/ssh/sharedShell.js");
  const { previewRestore, restoreOnHost } = await import("../host/restore.js");
  const open = () => sharedShell({ host: options.host });
  try {
    if (options.dryRun === true) {
      print(`${options.host}: a restore would do this:`, await previewRestore(await open()));
      return 0;
    }
    const progress = (line: string) => void process.stderr.write(`${options.host}: ${line}\n`);
    const outcome = await restoreOnHost(open, `${userInfo().username}@${hostname()}`, progress);
    print(`${options.host}: ${outcome.state === "failed" || outcome.state === "stuck" ? "not everything could be restored" : "restored"}`, outcome);
    return outcome.state === "failed" || outcome.state === "stuck" ? leftSomething : 0;
  } finally {
    await closeSharedShells();
  }
}

/** Everything on standard output, so that it can be kept: a line for each part, then what remains to be known. */
function print(title: string, outcome: Outcome): void {
  const steps = outcome.steps.map((step) => `  ${step.state === "not-reached" ? "" : `${step.state}: `}${step.says}`);
  process.stdout.write(`${[title, ...steps, ...(outcome.says === "" ? [] : [`  ${outcome.says}`])].join("\n")}\n`);
}
