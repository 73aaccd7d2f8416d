import type { Course } from "./turns";

/** What a preview says of a fleet as a whole. */
export interface Announcement {
  readonly says: string;
  /** What keeps the next wave; undefined where nothing does. */
  readonly warns?: string | undefined;
}

const shown = 12;

export function announcement(fleet: string, { waves, wave, going, waiting, stopped, failed }: Course): Announcement {
  const of = (text: string): string => `GpuFleet ${fleet}: ${text}`;
  const rest = waiting.size === 0 ? "no host waits" : `${hosts(waiting.size)} wait${waiting.size === 1 ? "s" : ""} for a later run`;
  const failures = failed.size === 0 ? [] : [of(`${hosts(failed.size)} failed: ${listed([...failed].map(([name, why]) => `${name}: ${why}`), "; ")}`)];
  const kept = stopped === undefined ? [] : [of(`wave ${wave} does not begin: ${stopped}.`)];
  const warns = [...kept, ...failures].join(" ") || undefined;
  const goes = going.length === 0 ? "" : ` (${hosts(going.length)}: ${listed(going, ", ")})`;
  if (wave === undefined) return { says: of(`all waves have passed (${waves})${going.length === 0 ? "" : `; tried again${goes}`}; ${rest}.`), warns };
  return { says: of(`wave ${wave} of ${waves} ${stopped === undefined ? `goes now${goes}` : "does not begin"}; ${rest}.`), warns };
}

function hosts(count: number): string {
  return `${count} host${count === 1 ? "" : "s"}`;
}

function listed(all: readonly string[], by: string): string {
  return all.length <= shown ? all.join(by) : `${all.slice(0, shown).join(by)}${by}and ${all.length - shown} more`;
}
