import type { Finding, Granted } from "../readiness/finding";
import type { Report } from "../readiness/judge";
import type { FindingModel } from "./model";

const worst: readonly Finding["severity"][] = ["refuse", "warn", "note"];

/** Findings of the host and of its cards; what is said of several cards in the same words stands there once. */
export function findingModels(report: Report): FindingModel[] {
  const found = new Map<string, FindingModel & { readonly cards: string[] }>();
  const add = (finding: Finding, card: readonly string[]): void => {
    const { rule, severity, says, remedy } = finding;
    const exceptions = [...(finding.exceptions ?? []).map((one) => `${one.address} ${granted(one)}`), ...(finding.lowered === undefined ? [] : [`on all hosts ${granted(finding.lowered)}`])];
    const model = { rule, severity, says, remedy, exceptions };
    const key = JSON.stringify([model, card.length > 0]);
    const before = found.get(key);
    if (before === undefined) found.set(key, { ...model, cards: [...card] });
    else before.cards.push(...card);
  };
  for (const finding of report.findings) add(finding, []);
  for (const gpu of report.gpus) for (const finding of gpu.findings) add(finding, [gpu.address]);
  return [...found.values()].sort((a, b) => worst.indexOf(a.severity) - worst.indexOf(b.severity));
}

function granted({ reason, owner, expires, counts }: Granted): string {
  return `${counts ? "let pass" : "not let pass"} by ${owner} until ${expires}: ${reason}`;
}
