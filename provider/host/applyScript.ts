import { randomBytes } from "node:crypto";
import type { HostIdentity } from "../facts/hostFacts";
import type { Reading } from "../facts/reading";
import { absent, known } from "../facts/reading";
import { agentLibrary } from "./agentLibrary";
import type { Transaction } from "./host";
import { shellWord } from "./ssh/quote";
import { hereDocument, stepCall } from "./stepCall";

const folder = "${GPUHOST_ROOT:-}/var/lib/gpuhost/transactions";

/** Name of a transaction: in the order of time, and never the same twice. */
export function newTransactionId(now = new Date()): string {
  return `${now.toISOString().slice(0, 19).replaceAll(/[-:]/g, "")}-${randomBytes(4).toString("hex")}`;
}

/** What the agent runs on the host: the library, this transaction's steps, and who may call for them. */
export function agentScript(id: string, transaction: Transaction): string {
  const { owner, who, identity, steps, continues = [] } = transaction;
  return scriptOf(id, owner, who, identity, [`CONTINUES=${shellWord(continues.join(" "))}`], [`STEPS=${steps.length}`, ...steps.map((step, index) => stepCall(step, index + 1))]);
}

/** The agent that undoes everything from the host's own journal. */
export function restoreScript(id: string, who: string): string {
  return scriptOf(id, "restore", who, { dmiUuid: absent, machineId: absent, hostKey: absent }, [], ["restore_everything"]);
}

/** Prints what a restore would do, as an outcome; writes nothing. */
export function restorePreviewScript(): string {
  return `${agentLibrary()}\nrestore_preview </dev/null\n`;
}

function scriptOf(id: string, owner: string, who: string, identity: HostIdentity, first: readonly string[], steps: readonly string[]): string {
  const word = (of: Reading<string>) => shellWord(known(of) ?? "");
  return [
    agentLibrary(),
    ...first,
    `begin() { transaction_begin ${shellWord(id)} ${shellWord(owner)} ${shellWord(who)} ${word(identity.dmiUuid)} ${word(identity.machineId)}; }`,
    "steps() {",
    ...steps,
    "}",
    `main ${shellWord(id)} "$@"`,
    "",
  ].join("\n");
}

/**
 * Brings the agent to the host, starts it there and follows it. Running this twice starts nothing twice: whoever creates the
 * transaction's directory starts it. Progress is on stderr, lines with the prefix "progress: "; the outcome is on stdout.
 */
export function launchScript(id: string, script: string): string {
  return `gpuhost_launch() {
  folder=${folder}
  why=$( { umask 022; mkdir -p "$folder"; } 2>&1) || { printf 'outcome\\tfailed\\tcannot write to /var/lib/gpuhost: %s\\n' "$(printf '%s' "$why" | tr '\\n\\t' '  ')"; return; }
  if mkdir "$folder/${id}" 2>/dev/null; then
    why=$( { umask 077; gpuhost_script >"$folder/${id}/script"; } 2>&1) || {
      rm -rf "$folder/${id}"
      printf 'outcome\\tfailed\\tcannot write to /var/lib/gpuhost: %s\\n' "$(printf '%s' "$why" | tr '\\n\\t' '  ')"
      return
    }
    sh "$folder/${id}/script" launch
  elif [ -d "$folder/${id}" ]; then
    sh "$folder/${id}/script" follow 0
  else
    printf 'outcome\\tfailed\\tcannot write to /var/lib/gpuhost: no space, or read-only\\n'
  fi
}
gpuhost_script() {
cat ${hereDocument(script)}
}
gpuhost_launch </dev/null
`;
}

/** Follows a transaction that an earlier session started; `skip` lines of its log have been seen. */
export function followScript(id: string, skip: number): string {
  return `gpuhost_follow() {
  script=${folder}/${id}/script
  if [ -e "$script" ]; then sh "$script" follow ${skip}; else printf 'outcome\\tunknown\\t\\n'; fi
}
gpuhost_follow </dev/null
`;
}
