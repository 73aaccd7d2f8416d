import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";

export type KeyType = "ed25519" | "ecdsa" | "rsa";

export interface KeyPair {
  /** Path of the private key; the public one is beside it, with ".pub". */
  readonly path: string;
  /** "ssh-ed25519 AAAA...", without a comment. */
  readonly publicLine: string;
  /** As ssh-keygen itself says it. */
  readonly fingerprint: string;
}

/** A new key made by ssh-keygen. */
export function makeKey(path: string, type: KeyType = "ed25519", passphrase = ""): KeyPair {
  execFileSync("ssh-keygen", ["-q", "-t", type, "-N", passphrase, "-C", "gpuhost test bed", "-f", path, ...(type === "rsa" ? ["-b", "2048"] : [])]);
  const [kind, encoded] = readFileSync(`${path}.pub`, "utf8").split(" ");
  const said = execFileSync("ssh-keygen", ["-l", "-f", `${path}.pub`], { encoding: "utf8" });
  return { path, publicLine: `${kind} ${encoded}`, fingerprint: said.split(" ")[1] as string };
}
