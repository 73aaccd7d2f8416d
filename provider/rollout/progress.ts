import { listed, type Decision } from "./decision";
import { states, why, type State } from "./standing";
import type { Change, View } from "./view";

/** States in which a host is worth a row of its own while a wave is on. */
const busy: ReadonlySet<State> = new Set(["planned", "applying", "rebooting", "verifying", "undoing"]);

/** "applying 2, verified 1", in the order of `states`, best last. */
export function counts(view: View): string {
  return states.map((state): [State, number] => [state, view.hosts.filter((host) => view.standing(host).state === state).length])
    .filter(([, count]) => count > 0).map(([state, count]) => `${state} ${count}`).join(", ");
}

/** One line for a host whose state changed; undefined for a change that is none for people. */
export function changeLine(change: Change): string | undefined {
  if ("trouble" in change) return `pulumi: ${change.trouble}`;
  const { host, from, to } = change;
  if (from.state === to.state) return undefined;
  return `${host}: ${to.state}${to.says === "" ? "" : `${to.says.startsWith(`${to.state} `) ? "" : ":"} ${why(host, to)}`}`;
}

export function beginsLine({ hosts, others }: Extract<Decision, { next: "wave" }>): string {
  const more = others === 0 ? "" : `${hosts.length === 0 ? "" : ", "}${others} resource${others === 1 ? "" : "s"} of other packages`;
  return `${hosts.length === 0 ? "" : `${hosts.length} host${hosts.length === 1 ? "" : "s"} (${listed(hosts)})`}${more}`;
}

/**
 * The hosts of a wave as a table that is drawn again and again: at most `rows` lines of `columns` characters, hosts with something under way before
 * those that are through.
 */
export function progressTable(view: View, of: readonly string[], { rows, columns }: { readonly rows: number; readonly columns: number }): readonly string[] {
  const standing = of.map((host) => ({ host, ...view.standing(host), detail: view.detail(host) }));
  const order = [...standing.filter(({ state }) => busy.has(state) && state !== "planned"), ...standing.filter(({ state }) => !busy.has(state)), ...standing.filter(({ state }) => state === "planned")];
  const shown = order.length <= rows - 1 ? order : order.slice(0, Math.max(0, rows - 2));
  const width = Math.max(0, ...shown.map(({ host }) => host.length));
  const lines = shown.map(({ host, state, says, detail }) => `  ${host.padEnd(width)}  ${state.padEnd(12)}  ${busy.has(state) ? detail.replaceAll(`${host}: `, "") : why(host, { state, says })}`);
  const rest = order.length - shown.length;
  return [...lines, ...(rest === 0 ? [] : [`  and ${rest} more`]), counts(view)].slice(0, rows).map((line) => cut(line, columns));
}

/** On one line of so many columns. */
export function cut(line: string, columns: number): string {
  const plain = line.trimEnd();
  return plain.length <= columns ? plain : `${plain.slice(0, Math.max(0, columns - 3))}...`;
}

/** "2 h 03 min 09 s", without leading zero parts. */
export function remaining(seconds: number): string {
  const whole = Math.max(0, Math.ceil(seconds));
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const two = (of: number): string => String(of).padStart(2, "0");
  if (hours > 0) return `${hours} h ${two(minutes)} min ${two(rest)} s`;
  return minutes > 0 ? `${minutes} min ${two(rest)} s` : `${rest} s`;
}
