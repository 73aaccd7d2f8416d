import type { Aspect } from "./aspect";
import { closes, same, written, type Inputs, type Outputs, type Status } from "./record";

/** Ways to end after which there is nothing to try again as long as the host stays as it is. */
const settled: ReadonlySet<Status> = new Set(["applied", "ready", "not-ready", "needs-reboot"]);

/**
 * `diff`: whether there is anything to show and to do. `olds` are the last outputs, so a host that drifted differs by its
 * fingerprint even when the very same drift was planned, and undone, before. Never a replacement: that deletes on the old
 * inputs first, and another address is most often the same machine.
 */
export function changes(aspect: Aspect<unknown>, olds: Partial<Outputs>, news: Inputs): boolean {
  if (news.proposal === "planned") return true;
  if (!same(written(olds, aspect.outputs), written(news))) return true;
  if (news.proposal === "converged") {
    // Skipped for the sake of a resource before it that ended as it ended: the same again would be skipped again.
    if (olds.status === "skipped" && news.gate?.some(closes) === true && same(olds.gate, news.gate)) return false;
    const ended = olds.status !== undefined && settled.has(olds.status);
    return !ended || olds.observed !== news.observed || olds.identity !== news.identity;
  }
  if (news.proposal === "waiting" && aspect.judgesBoot === true && olds.touched === true) return true;
  return olds.proposal !== news.proposal || !same(olds.plan, news.plan);
}
