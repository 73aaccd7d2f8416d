import type { Finding, Verdict } from "../readiness/finding";
import type { FunctionModel } from "./model";

const verdicts: Readonly<Record<Verdict, string>> = { ready: "● ready", bindable: "◐ bindable", refused: "✖ refused", unknown: "? unknown" };
const severities: Readonly<Record<Finding["severity"], string>> = { refuse: "✖ refuse", warn: "▲ warn", note: "○ note" };

/** A sign and a word, so that no colour is needed. */
export function verdictText(verdict: Verdict): string {
  return verdicts[verdict];
}

export function severityText(severity: Finding["severity"]): string {
  return severities[severity];
}

/** "nvidia → vfio-pci" where the planned change gives it another driver. */
export function driverText({ driver, driverAfter }: Pick<FunctionModel, "driver" | "driverAfter">): string {
  const now = driver ?? "no driver";
  return driverAfter === null ? now : `${now} → ${driverAfter}`;
}

export function counted(count: number, one: string, several = `${one}s`): string {
  return `${count} ${count === 1 ? one : several}`;
}
