import { spawnSync } from "node:child_process";

/** The shells that scripts for the host are run under; `sh` always is one, the others where the machine has them. */
export function availableShells(): [name: string, command: readonly string[]][] {
  const all: [string, readonly string[]][] = [["sh", ["sh"]], ["dash", ["dash"]], ["bash --posix", ["bash", "--posix"]], ["busybox sh", ["busybox", "sh"]]];
  return all.filter(([, command]) => spawnSync(command[0] ?? "", [...command.slice(1), "-c", "exit 0"]).status === 0);
}
