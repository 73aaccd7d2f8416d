import { posix } from "node:path";
import { known } from "../facts/reading";
import type { TreeSnapshot } from "../facts/treeSnapshot";
import type { RecordedEntry } from "./recordingArchive";
import { Redaction } from "./redact";

/**
 * A root tree that reads like the snapshot: files and links where the kernel has them (a path through a link lies at the link's
 * target), answers of probes below gpuhost/answers, and everything that names a machine or a person replaced.
 */
export function recordingEntries(snapshot: TreeSnapshot): RecordedEntry[] {
  const redact = new Redaction(known(snapshot.text("/proc/sys/kernel/hostname")));
  const entries = new Map<string, RecordedEntry>();
  const place = (path: string): string => redact.text(resolveLinks(snapshot, path)).slice(1);
  const add = (entry: RecordedEntry): void => {
    const before = entries.get(entry.path);
    if (before === undefined || before.kind === "directory") entries.set(entry.path, entry);
  };
  for (const [path, target] of snapshot.links) add({ kind: "link", path: place(path), target: redact.text(target) });
  for (const [path, text] of snapshot.texts) add({ kind: "file", path: place(path), bytes: Buffer.from(redact.file(path, text)) });
  for (const [path, bytes] of snapshot.binaries) add({ kind: "file", path: place(path), bytes: redact.configSpace(bytes) });
  for (const [path, names] of snapshot.directories) {
    if (path === "/") continue;
    if (!entries.has(place(path))) add({ kind: "directory", path: place(path) });
    for (const name of names) {
      const inside = `${path}/${name}`;
      // What was only seen to be there: an empty file shows in the listing the same way.
      if (!snapshot.directories.has(inside) && !entries.has(place(inside)) && !snapshot.failures.has(inside)) {
        add({ kind: "file", path: place(inside), bytes: new Uint8Array() });
      }
    }
  }
  for (const [name, text] of snapshot.answers) add(answer(name, redact.answer(name, text)));
  const unreadable = [...snapshot.failures].map(([path, reason]) => `${redact.text(path)}: ${reason}`);
  if (unreadable.length > 0) add(answer("unreadable", unreadable.sort().join("\n")));
  return [...entries.values()].sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
}

function answer(name: string, text: string): RecordedEntry {
  return { kind: "file", path: `gpuhost/answers/${name}`, bytes: Buffer.from(text === "" ? "" : `${text}\n`) };
}

/** The place of a path when every link on the way to it is followed; the last name stays as it is. */
function resolveLinks(snapshot: TreeSnapshot, path: string): string {
  let resolved = "";
  const names = path.split("/").slice(1);
  names.forEach((name, index) => {
    const at = `${resolved}/${name}`;
    // A link is known by the path it was read under, or by where an earlier link has led.
    const target = index === names.length - 1 ? undefined : (snapshot.links.get(`/${names.slice(0, index + 1).join("/")}`) ?? snapshot.links.get(at));
    resolved = target === undefined ? at : target.startsWith("/") ? posix.normalize(target) : posix.join(resolved, target);
  });
  return resolved;
}
