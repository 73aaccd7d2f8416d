import type { View } from "./view";

/** What comes after a preview. */
export type Decision =
  /** The update of what was previewed: so many hosts, and so many other resources. */
  | { readonly next: "wave"; readonly hosts: readonly string[]; readonly others: number }
  /** Nothing until a soak ends, in seconds since 1970. */
  | { readonly next: "soak"; readonly until: number; readonly says: string }
  /** Nothing that has not been tried; `stopped` is what keeps hosts from their turn, undefined where none waits. */
  | { readonly next: "end"; readonly stopped?: string | undefined };

/** Work on one host, or on one resource of another package, that was tried: the last of it as `View.work` says it, and how often there was any. */
export interface Tried {
  readonly text: string;
  readonly times: number;
}

/** Work that is another one after each try does not come to an end by being tried once more. */
const mostTries = 4;

/**
 * `tried` is what was tried since this rollout was started. Whatever is the same again is not tried again by itself, so a rollout ends: each
 * wave holds work that was never tried.
 */
export function decide(view: View, tried: ReadonlyMap<string, Tried>): Decision {
  const { work } = view;
  if ([...work].some(([name, text]) => isNew(text, tried.get(name)))) {
    const hosts = view.hosts.filter((host) => work.has(host));
    return { next: "wave", hosts, others: work.size - hosts.length };
  }
  const soaks = view.fleets.filter(({ soaksUntil }) => soaksUntil !== undefined);
  const until = Math.max(...soaks.map(({ soaksUntil = 0 }) => soaksUntil));
  if (soaks.length > 0) return { next: "soak", until, says: soaks.map(({ fleet, wave }) => `wave ${wave} of ${fleet}`).join(", ") };
  return { next: "end", stopped: inTheWay(view) };
}

function isNew(text: string, before: Tried | undefined): boolean {
  return before === undefined || (before.text !== text && before.times < mostTries);
}

/** What keeps the hosts that still wait for their turn, or for a person. */
function inTheWay(view: View): string | undefined {
  const named = (state: string): readonly string[] => view.hosts.filter((host) => view.standing(host).state === state);
  const stops = view.fleets.flatMap(({ fleet, wave, stopped }) => (stopped === undefined ? [] : [`wave ${wave} of ${fleet} does not begin: ${stopped}`]));
  const reboots = named("needs reboot");
  const waits = named("waits");
  if (reboots.length > 0) stops.push(`${listed(reboots)} ${reboots.length === 1 ? "waits" : "wait"} for a reboot that is yours to make`);
  if (stops.length === 0 && waits.length > 0) {
    const again = view.hosts.filter((host) => view.work.has(host));
    const why = again.length > 0 ? `what is to be done on ${listed(again)} was tried and is the same again` : view.standing(waits[0]!).says;
    stops.push(`${listed(waits)} ${waits.length === 1 ? "waits" : "wait"}: ${why}`);
  }
  return stops.length === 0 ? undefined : stops.join("; ");
}

/** A dozen names, and how many more. */
export function listed(names: readonly string[]): string {
  return names.length <= 12 ? names.join(", ") : `${names.slice(0, 12).join(", ")} and ${names.length - 12} more`;
}
