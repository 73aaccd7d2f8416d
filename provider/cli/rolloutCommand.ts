import { InvalidArgumentError, Option, type Command } from "commander";
import type { RolloutOptions } from "./rollout";

const exits = `
Each wave is previewed, asked for, and carried out exactly as previewed; then comes the next one. What there is to do is read from the hosts each time, so a
rollout may be ended at any moment (Ctrl-C: nothing new begins) and is gone on with by running it again.

Exit status: 0 all done and proven; 1 no host has a turn any more, and some failed or were refused; 2 stopped before that: by stopAfterFailures, a missing yes,
--max-waves, --plan-only, Ctrl-C, a reboot that is yours to make (and bad usage); 3 the engine or the stack could not go on.`;

export function rolloutCommand(command: Command, result: { exitCode: number }): void {
  command
    .command("rollout")
    .description("carry a stack with a GpuFleet to its end, wave after wave: preview, yes, update, and again")
    .option("--stack <name>", "the stack; which one is selected stays as it is. Default: the selected one")
    .option("--cwd <folder>", "where the stack's Pulumi.yaml is. Default: here")
    .option("--yes", "carry out every wave without asking; without a terminal nothing is done otherwise")
    .addOption(new Option("--max-waves <number>", "stop after so many waves").argParser(count))
    .addOption(new Option("--plan-only", "show what the next wave would do, and stop").conflicts("yes"))
    .option("--json", "print one JSON object instead of the summary; all else goes to standard error")
    .addHelpText("after", exits)
    .action(async (options: RolloutOptions) => {
      const { rollout } = await import("./rollout.js");
      result.exitCode = await rollout(options);
    });
}

function count(text: string): number {
  if (!/^[1-9]\d{0,5}$/.test(text)) throw new InvalidArgumentError("expected a whole number, at least 1");
  return Number(text);
}
