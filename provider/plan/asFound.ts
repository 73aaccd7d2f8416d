import type { HostFacts } from "../facts/hostFacts";
import { journalledNow, sha256 } from "./hash";

/**
 * A file of ours on the host; `hash` is what a write has to find there. removed and edited: the journal says that we wrote it. foreign: there is a file
 * of that name which we did not write.
 */
export type AsFound<T> =
  | { readonly kind: "none" | "removed" | "edited" | "foreign"; readonly hash: string }
  | { readonly kind: "ours"; readonly hash: string; readonly content: T };

/** `text` is the file as it was read, its last end of line left out or not; `read` gives null for what is not written as we write it. */
export function asFound<T>(facts: HostFacts, path: string, text: string | undefined, read: (text: string) => T | null): AsFound<T> {
  const journalled = facts.journal.files.find((file) => file.path === path);
  if (text === undefined) return { kind: journalled === undefined || journalled.written === "absent" ? "none" : "removed", hash: "absent" };
  const hash = journalledNow(facts, path) ?? sha256(`${text.replace(/\n$/, "")}\n`);
  const content = read(text);
  if (content !== null) return { kind: "ours", hash, content };
  return { kind: journalled === undefined ? "foreign" : "edited", hash };
}
