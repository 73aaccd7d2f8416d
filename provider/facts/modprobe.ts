import type { ModprobeFacts } from "./bootTypes";
import { known } from "./reading";
import type { Snapshot } from "./snapshot";
import { linesOf } from "./values";

/** Directories of modprobe.d(5). One file hides those of its name further down. */
const directories = ["/etc/modprobe.d", "/run/modprobe.d", "/usr/local/lib/modprobe.d", "/usr/lib/modprobe.d", "/lib/modprobe.d"];

export function modprobeFacts(snapshot: Snapshot): ModprobeFacts {
  const blocked = new Set<string>();
  const options: ModprobeFacts["options"][number][] = [];
  const seen = new Set<string>();
  for (const directory of directories) {
    for (const name of known(snapshot.list(directory)) ?? []) {
      if (seen.has(name)) continue;
      seen.add(name);
      const path = `${directory}/${name}`;
      for (const line of linesOf(known(snapshot.text(path)) ?? "")) {
        const [command, module = "", ...rest] = line.trim().split(/\s+/);
        const named = module.replaceAll("-", "_");
        if (command === "blacklist" || (command === "install" && /\/(false|true)$/.test(rest[0] ?? ""))) blocked.add(named);
        if (command === "options") options.push(...rest.map((option) => ({ module: named, option, path })));
      }
    }
  }
  return { blocked, options };
}
