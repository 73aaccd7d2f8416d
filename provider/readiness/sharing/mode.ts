/** Ways in which a card can reach guests (docs/sharing-modes.md). */
export const modeNames = ["passthrough", "sriov", "mdev", "paravirtual"] as const;
export type ModeName = (typeof modeNames)[number];

/** now: nothing is in the way. after: when what `after` names is done. unknown: what `because` names was not read, or is known to nobody here. */
export type ModeState = "now" | "after" | "impossible" | "unknown";

/** One mode of one card. The shape is an element of `gpus[].modes` of `gpuhost inspect --json`. */
export interface ModeReport {
  readonly mode: ModeName;
  readonly state: ModeState;
  /** What is left to do; only where state is "after". */
  readonly after?: readonly string[];
  /** Why it is impossible, or what is not known; only where state is either. */
  readonly because?: readonly string[];
  /** What was read that this rests on, and what to know when using it. */
  readonly evidence: readonly string[];
}

/** One thing that speaks about a mode. The worst decides: impossible, then unknown, then after; nothing of them is now. */
export type Ground = readonly [kind: "impossible" | "unknown" | "after" | "evidence", text: string];

export function modeOf(mode: ModeName, grounds: readonly Ground[]): ModeReport {
  const said: Readonly<Record<Ground[0], Set<string>>> = { impossible: new Set(), unknown: new Set(), after: new Set(), evidence: new Set() };
  for (const [kind, text] of grounds) said[kind].add(text);
  const [impossible, unknown, after, evidence] = [[...said.impossible], [...said.unknown], [...said.after], [...said.evidence]];
  if (impossible.length > 0) return { mode, state: "impossible", because: impossible, evidence };
  if (unknown.length > 0) return { mode, state: "unknown", because: unknown, evidence };
  return after.length > 0 ? { mode, state: "after", after, evidence } : { mode, state: "now", evidence };
}
