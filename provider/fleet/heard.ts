/** What was announced of a fleet (see announcement), read back by whoever has only the engine's messages. */
export interface Heard {
  readonly fleet: string;
  /** The wave whose turn it is, counted from 1; undefined where all have passed. */
  readonly wave?: number;
  readonly waves?: number;
  /** Why that wave does not begin. */
  readonly stopped?: string;
  /** When a soak ends, in seconds since 1970; undefined where none is on. */
  readonly soaksUntil?: number;
}

/** undefined where the text is no announcement. */
export function heard(text: string): Heard | undefined {
  return wave(text) ?? passed(text) ?? kept(text);
}

function wave(text: string): Heard | undefined {
  const found = /^GpuFleet ((?:(?!: ).)+): wave (\d+) of (\d+) (?:goes now|does not begin)/.exec(text);
  return found === null ? undefined : { fleet: found[1]!, wave: Number(found[2]), waves: Number(found[3]) };
}

function passed(text: string): Heard | undefined {
  const found = /^GpuFleet ((?:(?!: ).)+): all waves have passed \((\d+)\)/.exec(text);
  return found === null ? undefined : { fleet: found[1]!, waves: Number(found[2]) };
}

function kept(text: string): Heard | undefined {
  const found = /^GpuFleet ((?:(?!: ).)+): wave (\d+) does not begin: (.*?)\.(?: GpuFleet .+?: \d+ hosts? failed: .*)?$/s.exec(text);
  if (found === null) return undefined;
  const [, fleet = "", at, stopped = ""] = found;
  const soak = /^the wave before it is watched until (\S+Z) \(soakSeconds is \d+\)$/.exec(stopped);
  return { fleet, wave: Number(at), stopped, ...(soak === null ? {} : { soaksUntil: Date.parse(soak[1]!) / 1000 }) };
}
