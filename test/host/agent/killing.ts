import { createHash } from "node:crypto";
import { expect } from "vitest";
import type { Step } from "../../../provider/plan/step";
import { Tree } from "./tree";

const hash = (text: string) => createHash("sha256").update(text).digest("hex");
const commands = ["mv", "cp", "rm", "mkdir", "sync", "ln", "rmdir", "chmod"];
const steps: Step[] = [
  { kind: "writeFile", path: "/etc/gpuhost/deep/one", text: "one\n", mode: "0644", before: "absent" },
  { kind: "writeFile", path: "/etc/two", text: "two, ours\n", mode: "0600", before: hash("two\n") },
  { kind: "addLine", path: "/etc/four", line: "ours", before: hash("four\n") },
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
 * files must be whole, and the next transaction must find what was left, and undo it, or continue it where it was planned on that.
 * Returns how many kills there were.
 */
export async function killEverywhere(interpreter: string, when: "before" | "after", first: number, stride: number, then: "undone" | "continued" = "undone"): Promise<number> {
  for (let at = first, kills = 0; ; at += stride) {
    expect(at).toBeLessThan(500);
    const tree = new Tree(interpreter);
    try {
      if (!(await killOnce(tree, at, when, then))) return kills;
      kills += 1;
    } finally {
      tree.remove();
    }
  }
}

/** False when the transaction got through before its command number `at`. */
async function killOnce(tree: Tree, at: number, when: "before" | "after", then: "undone" | "continued"): Promise<boolean> {
  tree.write("/etc/two", "two\n", 0o640);
  tree.write("/etc/three", "three\n");
  tree.write("/etc/four", "four\n", 0o600);
  await tree.apply([{ kind: "writeFile", path: "/etc/three", text: "three, ours\n", mode: "0644", before: hash("three\n") }]);
  const [before, journal] = [tree.files(), tree.journal()];
  const original = { ...before, "/etc/three": before["/etc/three"]!.replace(", ours", "") };
  killAt(tree, at, when);
  const killed = await tree.runKilled(steps);
  for (const name of commands) tree.removeCommand(name);
  if (killed === "done") return false;
  expect(["one\n", undefined]).toContain(tree.read("/etc/gpuhost/deep/one"));
  expect(["two\n", "two, ours\n"]).toContain(tree.read("/etc/two"));
  expect(["three\n", "three, ours\n"]).toContain(tree.read("/etc/three"));
  expect(["four\n", "four\nours\n"]).toContain(tree.read("/etc/four"));
  if (then === "continued") return continued(tree, killed, original);
  const next = await tree.apply([]);
  expect(next.state).toBe("done");
  if (killed === "never began") return true;
  expect(next.says).toMatch(/of KernelArguments was interrupted .* undone by the next run/);
  expect(tree.files(), `${when} command ${at}`).toEqual(before);
  expect(tree.journal(), `${when} command ${at}`).toEqual(journal);
  return true;
}

/** The same steps, planned on what the killed transaction left: they get through, and all of it can still be taken back. */
async function continued(tree: Tree, killed: "killed" | "never began", original: Record<string, string>): Promise<true> {
  const now = (path: string): string => (tree.read(path) === undefined ? "absent" : hash(tree.read(path)!));
  const again = steps.map((step) => (step.kind === "writeFile" || step.kind === "addLine" ? { ...step, before: now(step.path) } : step));
  const next = await tree.apply(again, { continues: ["20260101T000000-killed"] });
  expect(next.state, next.says).toBe("done");
  if (killed === "killed") expect(next.says).toMatch(/of KernelArguments was interrupted .* and is continued/);
  expect([tree.read("/etc/gpuhost/deep/one"), tree.read("/etc/two"), tree.read("/etc/three"), tree.read("/etc/four")]).toEqual(["one\n", "two, ours\n", "three\n", "four\nours\n"]);
  const back = await tree.apply(["/etc/four", "/etc/two", "/etc/gpuhost/deep/one"].map((path) => ({ kind: "restoreFile", path })));
  expect(back.state, back.says).toBe("done");
  expect(tree.files()).toEqual(original);
  expect(tree.journal()).toEqual({});
  return true;
}
