import { createHash } from "node:crypto";
import { expect } from "vitest";
import type { Step } from "../../../provider/plan/step";
import { Tree } from "./tree";

const hash = (text: string) => createHash("sha256").update(text).digest("hex");
const commands = ["mv", "cp", "rm", "mkdir", "sync", "ln", "rmdir", "chmod"];
const steps: Step[] = [
  { kind: "writeFile", path: "/etc/gpuhost/deep/one", text: "one\n", mode: "0644", before: "absent" },
  { kind: "writeFile", path: "/etc/two", text: "two, ours\n", mode: "0600", before: hash("two\n") },
  { kind: "restoreFile", path: "/etc/three" },
];

/** Every command that changes something, wrapped: call number `at` kills the agent, before or after it does its work. */
function killAt(tree: Tree, at: number, when: "before" | "after"): void {
  tree.write("/.commands/count", "0\n");
  for (const name of commands) {
    // Commands of the session that launches and waits are not the agent's.
    tree.command(name, `#!/bin/dash
real() { PATH=/usr/bin:/bin command ${name} "$@"; }
read -r pid 2>/dev/null <"$(echo ${tree.root}/var/lib/gpuhost/transactions/*-killed/pid)" || { real "$@"; exit; }
read -r n <${tree.root}/.commands/count
n=$((n + 1))
echo $n >${tree.root}/.commands/count
[ $n -ne ${at} ] || [ ${when} = after ] || kill -9 $pid
[ $n -ne ${at} ] || [ ${when} = after ] || exit 1
real "$@"
code=$?
[ $n -ne ${at} ] || kill -9 $pid
exit $code
`);
  }
}

/**
 * Kills the agent at its `first` command that changes something, then at every `stride`th one until it gets through. Each time the
 * files must be whole, and the next transaction must find and undo what was left. Returns how many kills there were.
 */
export async function killEverywhere(interpreter: string, when: "before" | "after", first: number, stride: number): Promise<number> {
  for (let at = first, kills = 0; ; at += stride) {
    expect(at).toBeLessThan(500);
    const tree = new Tree(interpreter);
    try {
      if (!(await killOnce(tree, at, when))) return kills;
      kills += 1;
    } finally {
      tree.remove();
    }
  }
}

/** False when the transaction got through before its command number `at`. */
async function killOnce(tree: Tree, at: number, when: "before" | "after"): Promise<boolean> {
  tree.write("/etc/two", "two\n", 0o640);
  tree.write("/etc/three", "three\n");
  await tree.apply([{ kind: "writeFile", path: "/etc/three", text: "three, ours\n", mode: "0644", before: hash("three\n") }]);
  const [before, journal] = [tree.files(), tree.journal()];
  killAt(tree, at, when);
  const killed = await tree.runKilled(steps);
  for (const name of commands) tree.removeCommand(name);
  if (killed === "done") return false;
  expect(["one\n", undefined]).toContain(tree.read("/etc/gpuhost/deep/one"));
  expect(["two\n", "two, ours\n"]).toContain(tree.read("/etc/two"));
  expect(["three\n", "three, ours\n"]).toContain(tree.read("/etc/three"));
  const next = await tree.apply([]);
  expect(next.state).toBe("done");
  if (killed === "never began") return true;
  expect(next.says).toMatch(/of KernelArguments was interrupted .* undone by the next run/);
  expect(tree.files(), `${when} command ${at}`).toEqual(before);
  expect(tree.journal(), `${when} command ${at}`).toEqual(journal);
  return true;
}
