import type { HostEnd } from "../../../provider/rollout/tally";
import { member } from "./kinds";
import type { Look } from "./serve";

/** What is wrong with how a host ended, by what it is like and by its own files; undefined where all is as it has to be. */
export function wrongWith(look: Look, end: HostEnd | undefined, because: readonly string[]): string | undefined {
  const { name, kind, wish } = member(look.index);
  const of = (text: string): string => `${name} (${kind.name}: ${kind.says}): ${text}`;
  if (end === undefined) return of("the rollout says nothing of it");
  if (end.state !== kind.ends) return of(`ended as ${end.state}, not as ${kind.ends}: ${end.says.slice(0, 300)}`);
  if (end.reboots !== look.reboots) return of(`the rollout counts ${end.reboots} reboots, the host ${look.reboots}`);
  if (look.reboots !== kind.reboots) return of(`rebooted ${look.reboots} times, not ${kind.reboots}`);
  if (kind.ends === "refused" && !because.includes(kind.because)) return of(`refused because of ${because.join(", ") || "nothing"}, not because of ${kind.because}: ${end.says.slice(0, 300)}`);
  if (kind.ends === "verified" && (look.bound !== wish.cards.length || look.transactions === 0 || look.configured !== (kind.reboots === 1))) {
    return of(`said to be ready; ${look.bound} of ${wish.cards.length} cards are on vfio-pci, ${look.transactions} transactions, kernel arguments ${look.configured ? "are" : "are not"} ours`);
  }
  if (kind.ends !== "verified" && kind.reboots === 0 && (look.bound > 0 || look.transactions > 0 || look.configured)) return of("touched, though nothing was to be done to it");
  return undefined;
}

/** What a second run did to a host that has nothing left to be done; undefined where it was left as it is. */
export function disturbed(before: Look, after: Look): string | undefined {
  const facts = ({ reboots, transactions, configured, bound }: Look): string => `${reboots} reboots, ${transactions} transactions, ${bound} cards bound, configured: ${configured}`;
  const [was, is] = [facts(before), facts(after)];
  return was === is ? undefined : `${member(before.index).name}: the second up did something there: ${was}; then ${is}`;
}
