import { drive } from "../rollout/drive";
import { summaryOf, summaryText } from "../rollout/summary";
import { Leaving } from "./leaving";
import { RolloutScreen } from "./rolloutScreen";
import { StackEngine } from "./rolloutStack";

export interface RolloutOptions {
  readonly stack?: string;
  readonly cwd?: string;
  readonly yes?: boolean;
  readonly maxWaves?: number;
  readonly planOnly?: boolean;
  readonly json?: boolean;
}

/** Carries a stack with a GpuFleet to its end; the exit status is that of rollout/summary. */
export async function rollout({ stack, cwd, yes = false, maxWaves, planOnly, json = false }: RolloutOptions): Promise<number> {
  const out = json ? process.stderr : process.stdout;
  const leaving = new Leaving(process.stdin.isTTY === true, (line) => screen.say(line));
  const screen = new RolloutScreen({ out, input: process.stdin, yes, leaving });
  const color = screen.isTerminal && !process.env["NO_COLOR"] ? "always" : "never";
  let engine: StackEngine | undefined;
  try {
    engine = await StackEngine.open({ stack, cwd }, { shows: (text) => out.write(text), color, signal: leaving.signal });
    const summary = summaryOf(engine.name, await drive(engine, screen, { maxWaves, planOnly }));
    process.stdout.write(json ? `${JSON.stringify(summary, null, 2)}\n` : `\n${summaryText(summary)}`);
    return summary.exitCode;
  } finally {
    engine?.close();
    leaving.close();
  }
}
