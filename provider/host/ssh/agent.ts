import type { ParsedKey } from "ssh2";
import { OpenSSHAgent } from "ssh2";

/** An agent that answers nothing must not hold a login up. */
const answerSeconds = 10;

type Identities = Parameters<OpenSSHAgent["getIdentities"]>[0];

/** The SSH agent at a socket, with the preferred keys first, or with only those. */
export class SelectedAgent extends OpenSSHAgent {
  readonly #preferred: readonly Buffer[];
  readonly #only: boolean;

  constructor(socket: string, preferred: readonly Buffer[], only: boolean) {
    super(socket);
    this.#preferred = preferred;
    this.#only = only;
  }

  override getIdentities(done: Identities): void {
    super.getIdentities((error, keys) => {
      if (error || keys === undefined) done(error ?? new Error("the agent did not say which keys it holds"));
      else done(undefined, this.#select(keys as ParsedKey[]));
    });
  }

  /** The keys that would be tried. */
  held(): Promise<readonly ParsedKey[]> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`did not answer within ${answerSeconds} s`)), answerSeconds * 1000);
      this.getIdentities((error, keys) => {
        clearTimeout(timer);
        if (error) reject(error);
        else resolve((keys ?? []) as ParsedKey[]);
      });
    });
  }

  #select(keys: readonly ParsedKey[]): ParsedKey[] {
    const rank = (key: ParsedKey): number => {
      const at = this.#preferred.findIndex((preferred) => preferred.equals(key.getPublicSSH()));
      return at < 0 ? Number.POSITIVE_INFINITY : at;
    };
    const ranked = keys.map((key) => ({ key, rank: rank(key) })).filter((entry) => !this.#only || Number.isFinite(entry.rank));
    return ranked.sort((a, b) => (a.rank === b.rank ? 0 : a.rank - b.rank)).map((entry) => entry.key);
  }
}
