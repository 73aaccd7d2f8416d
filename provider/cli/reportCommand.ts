import { Option, type Command } from "commander";
import type { ReportOptions } from "./report";

const also = (value: string, before: readonly string[]): readonly string[] => [...before, value];

export function reportCommand(command: Command, result: { exitCode: number }, version: () => string): void {
  command
    .command("report")
    .description("draw hosts as one page: PCI tree, IOMMU groups, verdicts, findings, and what would change")
    .argument("[host...]", "hosts reached over SSH; ~/.ssh/config applies. Without any host, recording or root: this machine")
    .option("--recording <file>", "a recording made by gpuhost record; may be given several times", also, [])
    .option("--root <directory>", "a recorded root tree; may be given several times", also, [])
    .option("-o, --output <file>", "where to write it; default: standard output")
    .option("--policy <file>", "gpu-policy.yaml, as for inspect")
    .option("--name <name>", "the name of the host on the page and in the policy, where only one host is read")
    .option("--today <day>", "judge as on this day (2027-01-31)")
    .option("--card <address>", "plan the change for this card; may be given several times. Default: every card that a boot can make ready", also, [])
    .addOption(new Option("--svg", "the pictures alone, as one SVG file").conflicts("json"))
    .option("--json", "what the page says, as one JSON object")
    .addHelpText("after", "\nExit status: 0 all hosts are in it, 2 bad usage, 3 a host could not be read; the report then says so.")
    .action(async (hosts: readonly string[], options: ReportOptions) => {
      const { report } = await import("./report.js");
      result.exitCode = await report(hosts, options, version());
    });
}
