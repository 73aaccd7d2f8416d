import { short } from "../numbers";
import type { Peaks } from "../processes";
import type { Finished, Previewed } from "./stacks";

/** What was seen of one fleet, hosts by what became of them and by what they are like. */
export interface FleetMeasured {
  readonly hosts: number;
  readonly stackSize: number;
  readonly stacksAtOnce: number;
  readonly machine: string;
  /** The simulated hosts themselves: seconds until they were up, and the memory of their processes. */
  readonly bed: { readonly seconds: number; readonly megabytes: number };
  readonly kinds: Readonly<Record<string, number>>;
  readonly preview: (Previewed & { readonly peaks: Peaks }) | undefined;
  readonly rollout: { readonly seconds: number; readonly peaks: Peaks; readonly stacks: readonly Stacked[] } | undefined;
  readonly failures: readonly string[];
}

export interface Stacked extends Finished {
  /** Numbers of its hosts, from the first on. */
  readonly from: number;
  readonly count: number;
}

/** Hosts of all stacks by how they ended, and the rest of the summaries added up. */
export function totals(stacks: readonly Stacked[]): { readonly ended: Readonly<Record<string, number>>; readonly refusals: Readonly<Record<string, number>>; readonly reboots: number; readonly rebooted: number; readonly cardsReady: number } {
  const ended: Record<string, number> = {};
  const refusals: Record<string, number> = {};
  const add = (to: Record<string, number>, name: string, count: number): void => void (to[name] = (to[name] ?? 0) + count);
  const ends = stacks.flatMap(({ summary }) => Object.values(summary.hosts));
  for (const { state } of ends) add(ended, state, 1);
  for (const { summary } of stacks) for (const [cause, hosts] of Object.entries(summary.refusals)) add(refusals, cause, hosts.length);
  const sum = (of: (one: Stacked) => number): number => stacks.reduce((all, one) => all + of(one), 0);
  return { ended, refusals, reboots: sum(({ summary }) => summary.reboots), rebooted: ends.filter(({ reboots }) => reboots > 0).length, cardsReady: sum(({ summary }) => summary.cardsReady) };
}

const megabytes = (peaks: Peaks): Record<string, number> => Object.fromEntries(Object.entries(peaks).map(([kind, kilobytes]) => [kind, Math.round(kilobytes / 1000)]));

/** One object for machines. */
export function fleetAsJson(of: FleetMeasured): string {
  const { preview, rollout, ...rest } = of;
  return JSON.stringify({
    ...rest,
    preview: preview && { ...preview, peaks: undefined, peakMegabytes: megabytes(preview.peaks) },
    rollout: rollout && {
      seconds: rollout.seconds, peakMegabytes: megabytes(rollout.peaks), ...totals(rollout.stacks),
      stacks: rollout.stacks.map(({ from, count, seconds, summary, again }) => ({ from: from + 1, hosts: count, seconds, waves: summary.waves, secondsOfSecondUp: again.seconds, touchedBySecondUp: again.touched })),
    },
  });
}

/** The same for people. */
export function fleetAsText(of: FleetMeasured): string {
  const { preview, rollout } = of;
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  const table = (heads: readonly string[], body: readonly (readonly string[])[]): string =>
    [line(heads), line(heads.map((_, index) => (index === 0 ? "---" : "--:"))), ...body.map(line)].join("\n");
  const counts = (all: Readonly<Record<string, number>>): string => Object.entries(all).map(([name, count]) => `${name} ${count}`).join(", ");
  const memory = (peaks: Peaks): string => Object.entries(megabytes(peaks)).map(([kind, of_]) => `${kind} ${of_} MB`).join(", ");
  return [
    `${of.hosts} simulated hosts; ${of.machine}`,
    `hosts: ${counts(of.kinds)}; up in ${short(of.bed.seconds)} s, ${short(of.bed.megabytes)} MB in their processes`,
    ...(preview === undefined ? [] : [
      `preview of all in one stack: ${short(preview.seconds)} s, ${short((preview.seconds / of.hosts) * 1000)} ms a host; resources: ${counts(preview.changes)}; peak memory: ${memory(preview.peaks)}`,
      `it says: ${preview.says === "" ? "nothing of hosts that do not get through" : preview.says.length > 300 ? `${preview.says.slice(0, 300)}...` : preview.says}`,
    ]),
    ...(rollout === undefined ? [] : rolloutText(of, rollout, { table, counts, memory })),
    ...of.failures.map((failure) => `FAILED  ${failure}`),
  ].join("\n\n");
}

interface Writing {
  table(heads: readonly string[], body: readonly (readonly string[])[]): string;
  counts(all: Readonly<Record<string, number>>): string;
  memory(peaks: Peaks): string;
}

function rolloutText(of: FleetMeasured, { seconds, peaks, stacks }: NonNullable<FleetMeasured["rollout"]>, { table, counts, memory }: Writing): string[] {
  const all = totals(stacks);
  return [
    `gpuhost rollout and a second up of ${stacks.length} stacks of ${of.stackSize}, ${of.stacksAtOnce} at a time: ${short(seconds)} s, ${short((seconds / of.hosts) * 1000)} ms a host; peak memory: ${memory(peaks)}`,
    `hosts: ${counts(all.ended)}; rebooted ${all.rebooted} (${all.reboots} reboots); cards ready ${all.cardsReady}; refused because of: ${counts(all.refusals)}`,
    table(["stack of hosts", "waves", "rollout s", "second up s", "touched by the second up"], stacks.map((one) => [
      `${one.from + 1} to ${one.from + one.count}`, String(one.summary.waves), short(one.seconds), short(one.again.seconds), one.again.touched.length === 0 ? "none" : one.again.touched.join(", "),
    ])),
  ];
}
