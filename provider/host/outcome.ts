import { MalformedFactError } from "../errors";
import type { Step } from "../plan/step";
import type { Outcome, StepOutcome } from "./host";

/**
 * What the host says of a transaction: an Outcome, or why it never began.
 * locked: `says` is who holds the lock and since when. identity: another machine. not-started: the agent could not be started
 * and never will be. unknown: the host has never heard of it.
 */
export interface Verdict extends Omit<Outcome, "state"> {
  readonly state: Outcome["state"] | "locked" | "identity" | "not-started" | "unknown";
}

const states: readonly string[] = ["done", "failed", "stuck", "needs-reboot", "locked", "identity", "not-started", "unknown"] satisfies Verdict["state"][];
const stepStates: readonly string[] = ["done", "unchanged", "failed", "undone", "not-reached", "needs-reboot", "left"] satisfies StepOutcome["state"][];

/**
 * Parses what the agent prints: "outcome", state and sentence, then one line "step", kind, state and sentence for each,
 * separated by tabs. Undefined where there is no outcome at all, as when the session broke.
 */
export function parseOutcome(text: string, host: string): Verdict | undefined {
  const lines = text.split("\n").slice(0, -1);
  const first = lines.findIndex((line) => line.startsWith("outcome\t"));
  if (first < 0) return undefined;
  const [, state = "", says = ""] = (lines[first] ?? "").split("\t");
  if (!states.includes(state)) throw malformed(host, lines[first]);
  const steps = lines.slice(first + 1).map((line): StepOutcome => {
    const [word, kind = "", stepState = "", sentence = "", ...more] = line.split("\t");
    if (word !== "step" || !stepStates.includes(stepState) || more.length > 0) throw malformed(host, line);
    return { kind: kind as Step["kind"], state: stepState as StepOutcome["state"], says: sentence };
  });
  return { state: state as Verdict["state"], says, steps };
}

function malformed(host: string, line: string | undefined): MalformedFactError {
  return new MalformedFactError("outcome", `${host}: the agent said something that is no outcome: ${JSON.stringify(line)}`, host);
}
