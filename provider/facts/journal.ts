import { parseCommandLine } from "./commandLine";
import type { JournalFacts, JournalledDevice, JournalledFile, JournalledTransaction, JournalledVirtual, TrialBoot } from "./hostFacts";
import { absent, known, mapReading, value, type Reading } from "./reading";
import type { Snapshot } from "./snapshot";
import { linesOf, malformed } from "./values";

const root = "/var/lib/gpuhost";

/** Our own journal on the host. A half-written entry (a power cut) is shown with what it has, never an error: the next run must go on. */
export function journalFacts(snapshot: Snapshot): JournalFacts {
  const alive = new Set(linesOf(known(snapshot.answer("journal-alive")) ?? ""));
  const names = (kind: string): readonly string[] => known(snapshot.list(`${root}/${kind}`)) ?? [];
  const named = namedForUs(snapshot);
  return {
    present: snapshot.list(root).kind === "value",
    lock: lock(snapshot, alive.has("lock")),
    files: journalledFiles(snapshot, names("files")),
    devices: names("devices").map((address) => journalledDevice(snapshot, address)),
    transactions: names("transactions").flatMap((id) => transaction(snapshot, id, alive.has(`transactions/${id}`))),
    trial: trial(snapshot),
    ...(named.length === 0 ? {} : { namedForUs: named }),
    ...(names("virtual").length === 0 ? {} : { virtual: names("virtual").map((address) => journalledVirtual(snapshot, address)) }),
  };
}

function namedForUs(snapshot: Snapshot): string[] {
  const below = (directory: string, prefix: string): string[] => (known(snapshot.list(directory)) ?? []).filter((name) => name.startsWith(prefix)).map((name) => `${directory}/${name}`);
  return [...below("/etc/gpuhost", ""), ...below("/etc/systemd/system", "gpuhost-"), ...below("/etc/systemd/system/multi-user.target.d", "gpuhost-")];
}

function line(snapshot: Snapshot, path: string): string {
  return (known(snapshot.text(`${root}/${path}`)) ?? "").trim();
}

/** lock/owner: "WHO WHEN" (host/agent/10-lock.sh). The directory may be there before its owner is written. */
function lock(snapshot: Snapshot, alive: boolean): JournalFacts["lock"] {
  const held = (known(snapshot.list(root)) ?? []).includes("lock");
  if (!held) return absent;
  const text = line(snapshot, "lock/owner");
  const match = /^(.*?)(?: since)? (\d{4}-\d\d-\d\dT\S+)$/.exec(text);
  return value({ owner: match?.[1] ?? text, since: match?.[2] ?? "", alive });
}

function journalledFiles(snapshot: Snapshot, names: readonly string[]): JournalledFile[] {
  const hashes = new Map(linesOf(known(snapshot.answer("journal-hashes")) ?? "").map((text): [string, string] => [text.slice(text.indexOf(" ") + 1), text.slice(0, text.indexOf(" "))]));
  return names.flatMap((name): JournalledFile[] => {
    const path = line(snapshot, `files/${name}/path`);
    if (path === "") return [];
    return [{
      path,
      owner: line(snapshot, `files/${name}/owner`),
      before: line(snapshot, `files/${name}/before`),
      written: line(snapshot, `files/${name}/written`),
      now: hashes.get(path) ?? "unknown",
    }];
  });
}

function journalledDevice(snapshot: Snapshot, address: string): JournalledDevice {
  return {
    address,
    owner: line(snapshot, `devices/${address}/owner`),
    ids: line(snapshot, `devices/${address}/ids`),
    driverBefore: line(snapshot, `devices/${address}/driver_before`),
    overrideBefore: line(snapshot, `devices/${address}/override_before`),
  };
}

function journalledVirtual(snapshot: Snapshot, address: string): JournalledVirtual {
  const of = (name: string): string => line(snapshot, `virtual/${address}/${name}`);
  return { address, owner: of("owner"), ids: of("ids"), countBefore: of("count_before"), autoprobeBefore: of("autoprobe_before"), functionsBefore: linesOf(of("vfs_before")), typeBefore: of("type_before") };
}

/** A transaction that says it runs, but whose process is gone, was cut off. One without a state never began. */
function transaction(snapshot: Snapshot, id: string, alive: boolean): JournalledTransaction[] {
  const at = `transactions/${id}`;
  const state = line(snapshot, `${at}/state`);
  if (state === "" && !alive) return [];
  return [{ id, owner: line(snapshot, `${at}/owner`), state: transactionState(state, `${root}/${at}/state`, alive), says: line(snapshot, `${at}/says`) }];
}

function transactionState(state: string, path: string, alive: boolean): JournalledTransaction["state"] {
  switch (state) {
    case "done":
    case "failed":
    case "undone":
      return state;
    case "running":
    case "":
      return alive ? "running" : "interrupted";
    default:
      throw malformed(path, state, "one of running, done, failed, undone");
  }
}

function trial(snapshot: Snapshot): Reading<TrialBoot> {
  const path = `${root}/trial/state`;
  return mapReading(snapshot.text(path), (text) => {
    const state = text.trim();
    if (state !== "staged" && state !== "armed") throw malformed(path, text, '"staged" or "armed"');
    return {
      state,
      arguments: parseCommandLine(line(snapshot, "trial/arguments")),
      of: line(snapshot, "trial/of").split(/\s+/).filter((word) => word !== ""),
      bootId: line(snapshot, "trial/boot_id"),
      ...(line(snapshot, "trial/seen") === "" ? {} : { seenRunning: true as const }),
    };
  });
}
