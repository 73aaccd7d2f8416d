import { listed } from "./decision";
import type { End } from "./drive";
import { states, why, type State } from "./standing";
import type { HostEnd } from "./tally";

/** 0: all done and proven. 1: to the end, and something failed or was refused. 2: stopped before the end. 3: the engine could not go on. */
export type ExitCode = 0 | 1 | 2 | 3;

const good: ReadonlySet<State> = new Set(["verified", "applied", "undone", "observed"]);

export interface Summary {
  readonly stack: string;
  readonly exitCode: ExitCode;
  readonly ended: End["how"];
  /** Why it did not go to its end; "" otherwise. */
  readonly says: string;
  readonly waves: number;
  readonly hosts: Readonly<Record<string, HostEnd>>;
  readonly reboots: number;
  readonly cardsGained: number;
  readonly cardsReady: number;
  /** Hosts by the rule that refuses them, or another cause. */
  readonly refusals: Readonly<Record<string, readonly string[]>>;
}

export function summaryOf(stack: string, { how, says, waves, tally }: End): Summary {
  const hosts = [...tally.hosts];
  const sum = (of: (end: HostEnd) => number): number => hosts.reduce((total, [, end]) => total + of(end), 0);
  const refusals: Record<string, string[]> = {};
  for (const [host, end] of hosts) {
    for (const cause of end.state === "refused" ? causes(end.says) : []) (refusals[cause] ??= []).push(host);
  }
  const allGood = hosts.every(([, { state }]) => good.has(state));
  const exitCode = how === "broken" ? 3 : how === "stopped" ? 2 : allGood ? 0 : 1;
  return { stack, exitCode, ended: how, says, waves, hosts: Object.fromEntries(hosts), reboots: sum(({ reboots }) => reboots), cardsGained: sum(({ gained }) => gained), cardsReady: tally.cardsReady, refusals };
}

/** Names of rules ("refused (bystander-in-group): ..."), each once. */
function causes(says: string): readonly string[] {
  const rules = [...says.matchAll(/refused \(([\w-]+)\):/g)].map(([, rule = ""]) => rule);
  if (rules.length > 0) return [...new Set(rules)];
  return [/another machine answers/.test(says) ? "another machine answers" : "input that does not fit"];
}

/** What people read at the end. */
export function summaryText(summary: Summary): string {
  const { stack, hosts, waves, reboots, cardsGained, cardsReady, refusals } = summary;
  const all = Object.entries(hosts);
  if (all.length === 0) return `${last(summary, [])}\n`;
  const by = [...states].reverse().map((state): [State, string[]] => [state, all.filter(([, end]) => end.state === state).map(([host]) => host)]).filter(([, of]) => of.length > 0);
  return [
    `Rollout of ${stack}: ${counted(all.length, "host")}, ${counted(waves, "wave")} carried out, ${counted(reboots, "reboot")}, ${counted(cardsGained, "card")} gained (${cardsReady} ready).`,
    ...rows(by.map(([state, of]) => [state, String(of.length), listed(of)])),
    ...section("refused because of", rows(Object.entries(refusals).map(([cause, of]) => [cause, String(of.length), listed(of)]))),
    ...(["failed", "cut off", "stopped", "not ready", "skipped", "unreachable", "needs reboot"] as const).flatMap((state) => section(state, reasons(all, state))),
    last(summary, by),
    "",
  ].join("\n");
}

const counted = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? "" : "s"}`;

function rows(of: readonly (readonly [string, string, string])[]): readonly string[] {
  const widths = [0, 1].map((column) => Math.max(0, ...of.map((row) => row[column]!.length)));
  return of.map(([name, count, names]) => `  ${name.padEnd(widths[0]!)}  ${count.padStart(widths[1]!)}  ${names}`);
}

function section(title: string, lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : [`${title}:`, ...lines];
}

/** Hosts with the same reason on one line. */
function reasons(all: readonly (readonly [string, HostEnd])[], state: State): readonly string[] {
  const by = new Map<string, string[]>();
  for (const [host, end] of all) {
    if (end.state !== state || end.says === "") continue;
    const says = why(host, end);
    by.set(says, [...(by.get(says) ?? []), host]);
  }
  return [...by].map(([says, hosts]) => `  ${listed(hosts)}: ${says}`);
}

function last({ ended, says, exitCode }: Summary, by: readonly (readonly [State, readonly string[]])[]): string {
  if (ended === "broken") return `Not finished: ${says}`;
  if (ended === "stopped") return `Stopped: ${says}.`;
  if (exitCode === 0) return "All done and proven.";
  const left = by.filter(([state]) => !good.has(state)).reduce((sum, [, hosts]) => sum + hosts.length, 0);
  return `No host has a turn any more; ${counted(left, "host")} did not get through. Mend what is named above and run \`gpuhost rollout\` again.`;
}
