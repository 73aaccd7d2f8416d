import type { HostFacts } from "../facts/hostFacts";
import type { Finding } from "../readiness/finding";
import { journalledNow } from "./hash";

/**
 * Paths of ours at which there is what we did not write, or what is no file any more (a unit that was masked is a link): the agent writes over neither,
 * and the preview says so before anything else is done.
 */
export function foreignFiles(facts: HostFacts, paths: readonly string[]): Finding[] {
  return paths.filter((path) => facts.journal.namedForUs?.includes(path) === true && journalledNow(facts, path) === null).map((path) => ({
    rule: "file-not-ours", severity: "refuse", addresses: [],
    says: facts.journal.files.some((file) => file.path === path) ? `${path} is not the file that we wrote, nor any other: it is a link, or cannot be read.` : `${path} is there and was not written by us; it would be overwritten.`,
    remedy: "Move it away, then preview again.",
  }));
}
