import { createHash } from "node:crypto";
import type { HostFacts } from "../facts/hostFacts";

export function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

/** What a file of ours is now ("absent" or its sha256), as the journal's probe found it; null when it does not know the file. */
export function journalledNow(facts: HostFacts, path: string): string | null {
  const now = facts.journal.files.find((file) => file.path === path)?.now;
  return now === undefined || now === "unknown" ? null : now;
}
