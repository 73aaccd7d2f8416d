import { randomBytes } from "node:crypto";
import type { HostIdentity } from "../facts/hostFacts";
import type { Reading } from "../facts/reading";
import { absent, known } from "../facts/reading";
import { agentLibrary } from "./agentLibrary";
import type { Transaction } from "./host";
import { shellWord } from "./ssh/quote";
import { hereDocument, stepCall } from "./stepCall";

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
  return `${following(id, 0)}gpuhost_refuse() {
  printf 'outcome\\tfailed\\tcannot write to /var/lib/gpuhost: %s\\n' "$(printf '%s' "$1" | tr '\\n\\t' '  ')"
}
gpuhost_launch() {
  why=$( { umask 022; mkdir -p "\${folder%/*}"; } 2>&1) || { gpuhost_refuse "$why"; return; }
  mkdir "$folder" 2>/dev/null || {
    if [ -d "$folder" ]; then gpuhost_follow; else gpuhost_refuse "no space, or read-only"; fi
    return
  }
  why=$( { umask 077; gpuhost_script >"$folder/script"; } 2>&1) || { rm -rf "$folder"; gpuhost_refuse "$why"; return; }
  # A power cut from here on must not leave half a script that somebody follows.
  sync "$folder/script" "$folder" "\${folder%/*}" 2>/dev/null || sync 2>/dev/null
  : >"$folder/ready"
  sh "$folder/script" launch
}
gpuhost_script() {
cat ${hereDocument(script)}
}
gpuhost_launch </dev/null
`;
}

/** Follows a transaction that an earlier session started; `skip` lines of its log have been seen. */
export function followScript(id: string, skip: number): string {
  return `${following(id, skip)}gpuhost_follow </dev/null\n`;
}

/**
 * A transaction that did not get as far as being started is taken away, so that it can be launched again ("unknown"). Whoever creates
 * "claim" decides: the agent, or this.
 */
function following(id: string, skip: number): string {
  return `folder=\${GPUHOST_ROOT:-}/var/lib/gpuhost/transactions/${id}
gpuhost_follow() {
  looks=0
  while [ -d "$folder" ] && [ ! -e "$folder/ready" ] && [ ! -e "$folder/claim" ] && [ "$looks" -lt 10 ]; do
    looks=$((looks + 1))
    sleep 1
  done
  if [ -d "$folder" ] && [ ! -e "$folder/ready" ] && mkdir "$folder/claim" 2>/dev/null; then rm -rf "$folder"; fi
  if [ -d "$folder" ]; then sh "$folder/script" follow ${skip}; else printf 'outcome\\tunknown\\t\\n'; fi
}
`;
}
