import type { BootEntry } from "./hostFacts";
import { known } from "./reading";
import type { Snapshot } from "./snapshot";
import { linesOf } from "./values";

/** A boot loader specification entry; `options` of all its lines joined. */
export interface LoaderEntry extends BootEntry {
  readonly version: string;
  readonly sortKey: string | null;
}

const directories = ["/boot/loader/entries", "/boot/efi/loader/entries", "/efi/loader/entries"];

/** The entries of the first directory that has any, best first (Boot Loader Specification, "Sorting"). */
export function loaderEntries(snapshot: Snapshot): LoaderEntry[] {
  for (const directory of directories) {
    const names = (known(snapshot.list(directory)) ?? []).filter((name) => name.endsWith(".conf"));
    const entries = names.flatMap((name) => {
      const text = known(snapshot.text(`${directory}/${name}`));
      return text === undefined ? [] : [parseLoaderEntry(name.slice(0, -".conf".length), text)];
    });
    if (entries.length > 0) return entries.sort(compareEntries);
  }
  return [];
}

export function parseLoaderEntry(id: string, text: string): LoaderEntry {
  const fields = new Map<string, string[]>();
  for (const line of linesOf(text)) {
    const match = /^\s*([a-z-]+)\s+(.*?)\s*$/.exec(line);
    if (match?.[1] !== undefined) fields.set(match[1], [...(fields.get(match[1]) ?? []), match[2] ?? ""]);
  }
  const last = (key: string): string | undefined => fields.get(key)?.at(-1);
  return {
    id,
    title: last("title") ?? id,
    kernel: last("linux") ?? last("efi") ?? "",
    initrd: fields.get("initrd")?.join(" ") ?? null,
    arguments: (fields.get("options") ?? []).join(" "),
    version: last("version") ?? "",
    sortKey: last("sort-key") ?? null,
  };
}

function compareEntries(a: LoaderEntry, b: LoaderEntry): number {
  if (a.sortKey !== null && b.sortKey !== null) {
    return (a.sortKey < b.sortKey ? -1 : a.sortKey > b.sortKey ? 1 : 0) || compareVersions(b.version, a.version) || compareVersions(b.id, a.id);
  }
  if (a.sortKey !== null || b.sortKey !== null) return a.sortKey !== null ? -1 : 1;
  return compareVersions(b.id, a.id);
}

/** Runs of digits by number, the rest by letter; a tilde comes before everything. */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [a, b].map((text) => text.match(/\d+|[A-Za-z]+|~/g) ?? []);
  for (let at = 0; at < Math.max(left?.length ?? 0, right?.length ?? 0); at++) {
    const [x, y] = [left?.[at], right?.[at]];
    if (x === y) continue;
    if (x === "~" || y === "~") return x === "~" ? -1 : 1;
    if (x === undefined || y === undefined) return x === undefined ? -1 : 1;
    const numbers = /^\d/.test(x) && /^\d/.test(y);
    if (numbers && Number(x) !== Number(y)) return Number(x) - Number(y);
    if (/^\d/.test(x) !== /^\d/.test(y)) return /^\d/.test(x) ? 1 : -1;
    if (!numbers) return x < y ? -1 : 1;
  }
  return 0;
}

/** systemd-boot: `default` of loader.conf is a pattern over ids; else the best entry. */
export function defaultLoaderEntry(entries: readonly LoaderEntry[], loaderConf: string | undefined): LoaderEntry | undefined {
  const pattern = /^\s*default\s+(\S+)/m.exec(loaderConf ?? "")?.[1];
  if (pattern === undefined || pattern.startsWith("@")) return entries[0];
  const form = new RegExp(`^${pattern.replace(/[.+^${}()|[\]\\]/g, "\\$&").replaceAll("*", ".*").replaceAll("?", ".")}$`);
  return entries.find((entry) => form.test(`${entry.id}.conf`) || form.test(entry.id)) ?? entries[0];
}
