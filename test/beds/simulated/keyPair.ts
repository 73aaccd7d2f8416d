import { utils } from "ssh2";

export interface KeyPair {
  readonly private: string;
  readonly public: string;
}

/** An ed25519 key pair. About one in 400 that ssh2 1.17 makes is one that it cannot read again, so each is read once. */
export function keyPair(): KeyPair {
  for (;;) {
    const made = utils.generateKeyPairSync("ed25519");
    if (!(utils.parseKey(made.private) instanceof Error)) return made;
  }
}
