import { median, ratio, short } from "./numbers";

/** One thing that was timed, round by round. */
export interface Row {
  /** Letter of the row in issue and help, and a word where a letter has several: "c", "first". */
  readonly row: string;
  readonly name: string;
  readonly hosts: number;
  /** Seconds of each round. */
  readonly rounds: readonly number[];
}

/** A number beside the rows: bytes of state, memory, processes. */
export interface Figure {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
}

export interface Measured {
  readonly hosts: number;
  readonly concurrency: number;
  readonly machine: string;
  readonly rows: readonly Row[];
  readonly figures: readonly Figure[];
  /** Rows that could not be measured, and why. */
  readonly failures: readonly string[];
}

export const ratioNames = ["observe/floor", "ansible/observe", "pyinfra/observe", "command/observe", "preview/engine-floor", "perhost-1000/perhost-100"] as const;

/** The name a row has in the report: which letter, and of which size where it is part of the growth. */
export const rowKey = (row: string, growth = false): string => (growth ? `${row} growth` : row);

/**
 * The ratios that the project has targets for; null where a side of one was not measured. Peers are held against the whole command
 * (`b process`: start of Node included, as the start of theirs is), the floor against what happens on the connection.
 */
export function ratiosOf(rows: readonly Row[]): Record<(typeof ratioNames)[number], number | null> {
  const of = (key: string, hosts?: number): number | undefined => {
    const found = rows.find((one) => one.row === key && (hosts === undefined || one.hosts === hosts));
    return found === undefined ? undefined : median(found.rounds);
  };
  const perHost = (hosts: number): number | undefined => {
    const seconds = of(rowKey("c first", true), hosts);
    return seconds === undefined ? undefined : seconds / hosts;
  };
  const [floor, observe] = [of("g converged"), of("b")];
  return {
    "observe/floor": ratio(observe, of("a")),
    "ansible/observe": ratio(of("d"), of("b process")),
    "pyinfra/observe": ratio(of("e"), of("b process")),
    "command/observe": ratio(of("f"), of("b process")),
    "preview/engine-floor": ratio(of("c converged"), floor),
    "perhost-1000/perhost-100": ratio(perHost(1000), perHost(100)),
  };
}

/** One object for machines: hosts, ratios, rows with their medians, and what else was counted. */
export function asJson(measured: Measured): string {
  const { rows, ...rest } = measured;
  return JSON.stringify({
    hosts: rest.hosts,
    ratios: ratiosOf(rows),
    rows: rows.map((row) => ({ ...row, medianSeconds: median(row.rounds), millisecondsPerHost: (median(row.rounds) / row.hosts) * 1000 })),
    concurrency: rest.concurrency, machine: rest.machine, figures: rest.figures, failures: rest.failures,
  });
}

/** The same for people: Markdown tables, so that they can be kept as they are. */
export function asText(measured: Measured): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  const table = (heads: readonly string[], body: readonly (readonly string[])[]): string =>
    [line(heads), line(heads.map((_, index) => (index === 0 ? "---" : "--:"))), ...body.map(line)].join("\n");
  const ratios = Object.entries(ratiosOf(measured.rows));
  return [
    `${measured.hosts} hosts, ${measured.concurrency} at once; ${measured.machine}`,
    table(["row", "hosts", "median s", "ms a host", "rounds"], measured.rows.map((row) => [
      `${row.row}: ${row.name}`, String(row.hosts), short(median(row.rounds)), short((median(row.rounds) / row.hosts) * 1000), row.rounds.map(short).join(" "),
    ])),
    table(["ratio", ""], ratios.map(([name, value]) => [name, value === null ? "not measured" : String(value)])),
    table(["figure", ""], measured.figures.map(({ name, value, unit }) => [name, `${short(value)} ${unit}`])),
    ...measured.failures.map((failure) => `FAILED  ${failure}`),
  ].join("\n\n");
}
