import type { Connection } from "../host/connection";
import type { Aspect, FieldError } from "./aspect";
import { fold, unfold } from "./fold";
import { UNKNOWN, holdsUnknown, same, written, type Carried, type FoldedLines, type Inputs, type Lines } from "./record";
import { declareGone, declaredGone } from "./settings";

export interface CheckFailure {
  readonly property: string;
  readonly reason: string;
}

export interface CheckResult {
  readonly inputs: Readonly<Record<string, unknown>>;
  readonly failures?: CheckFailure[];
}

/** True when the value at a dotted path (`cards[0].address`), or a part of it, is not known yet. */
function unknownAt(inputs: unknown, path: string): boolean {
  let here = inputs;
  for (const name of path.split(/[.[\]]+/).filter((part) => part !== "")) {
    if (typeof here !== "object" || here === null) break;
    here = (here as Record<string, unknown>)[name];
  }
  return holdsUnknown(here);
}

/** What is wrong with the fields a user wrote; a field that is not known yet is right. */
export function fieldErrors(aspect: Aspect<unknown>, inputs: Readonly<Record<string, unknown>>): readonly FieldError[] {
  const fields = written(inputs);
  if (fields["connection"] === undefined) return [{ path: "connection", reason: 'expected how the host is reached: { host: "hv1.example.org" }.' }];
  const parsed = aspect.parse(fields);
  return "errors" in parsed ? parsed.errors.filter((error) => !unknownAt(fields, error.path)) : [];
}

/** Marks a sentence that the last run's plan also had, so that a preview, which shows what differs, shows it again. */
const again = "again: ";

/** The sentences of a plan on record as they were planned. */
export function asPlanned(plan: FoldedLines): Lines {
  return Object.fromEntries(
    Object.entries(unfold(plan)).map(([target, says]) => [target, says.startsWith(again) ? says.slice(again.length) : says]),
  );
}

function marked(plan: Lines): Lines {
  return Object.fromEntries(Object.entries(plan).map(([target, says]) => [target, again + says]));
}

/**
 * `check`: what the resource's inputs will be. No network: the engine runs checks one after the other. The plan was made by
 * the program from a fresh read; where the host agrees with the stack, the plan that brought it there stays on record.
 */
export function check(aspect: Aspect<unknown>, olds: Partial<Inputs>, news: Inputs): CheckResult {
  const errors = fieldErrors(aspect, news);
  if (errors.length > 0) {
    return { inputs: news, failures: errors.map(({ path, reason }) => ({ property: path, reason })) };
  }
  if (news.proposal === "waiting" && olds.proposal !== undefined) return { inputs: asBefore(olds, news) };
  const inputs = { ...news, ...machineOnRecord(olds, news) };
  return { inputs: { ...inputs, plan: planOnRecord(aspect, olds, inputs), onDelete: onDeleteOnRecord(olds, inputs) } };
}

/** What a host that waits for its turn is to become is written down when its turn has come: until then its record says what it is. */
function asBefore(olds: Partial<Inputs>, news: Inputs): Inputs {
  const own = Object.fromEntries(Object.entries(news).filter(([name]) => !(name in written(news))));
  return { ...written(olds), ...own, identity: olds.identity ?? "", observed: olds.observed ?? "", onDelete: olds.onDelete ?? {}, plan: fold(unfold(news.plan)) } as unknown as Inputs;
}

/** Holds on to the machine that a plan was once made for: whatever else answers at its address is left alone. */
function machineOnRecord(olds: Partial<Inputs>, news: Inputs): Partial<Carried> {
  if (holdsUnknown(news.proposal)) return {};
  const before = typeof olds.identity === "string" && olds.identity !== UNKNOWN ? olds.identity : "";
  if (news.proposal !== "planned" && news.proposal !== "converged") return { identity: before };
  const host = (news["connection"] as Connection).host;
  if (before === "" || before === news.identity || declaredGone(host)) return {};
  const says = `refused: another machine answers. On record: ${before}. Found: ${news.identity}. If the one on record is gone: ${declareGone(host)}`;
  return { identity: before, proposal: "refused", plan: { host: says } };
}

/** What is there to be undone stays known while nothing is done. */
function onDeleteOnRecord(olds: Partial<Inputs>, news: Inputs): unknown {
  if (holdsUnknown(news.proposal)) return news.onDelete;
  const acts = news.proposal === "planned" || news.proposal === "converged";
  return acts ? fold(unfold(news.onDelete ?? {})) : olds.onDelete ?? {};
}

function planOnRecord(aspect: Aspect<unknown>, olds: Partial<Inputs>, news: Inputs): unknown {
  if (holdsUnknown(news.plan) || holdsUnknown(news.proposal)) return news.plan;
  const before = typeof olds.plan === "object" && !holdsUnknown(olds.plan) ? olds.plan : undefined;
  const agreed = olds.proposal === "planned" || olds.proposal === "converged";
  const plan = unfold(news.plan);
  if (news.proposal === "converged") {
    // A verdict is no plan that brought the host there: another one, or the same on other grounds, is what a person has to see.
    const verdictMoved = aspect.judgesBoot === true && (olds.observed !== news.observed || !same(written(olds), written(news)));
    return before !== undefined && agreed && !verdictMoved ? before : fold(Object.keys(plan).length > 0 ? plan : { host: "as wanted, nothing to do" });
  }
  // The same text as on record, and yet there is something to do: the preview would show nothing at all.
  return fold(news.proposal === "planned" && before !== undefined && same(unfold(before), plan) ? marked(plan) : plan);
}
