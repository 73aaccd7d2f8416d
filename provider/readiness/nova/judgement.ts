/**
 * What Nova makes of one value. accept: it takes it, and the value says what it means. warn: it takes it, and something about it is not what it
 * looks like. reject: the service refuses to start, or refuses every request that needs it.
 */
export interface NovaJudgement {
  readonly verdict: "accept" | "warn" | "reject";
  /** For people: one or more sentences. */
  readonly why: string;
}

export const rejected = (why: string): NovaJudgement => ({ verdict: "reject", why });
