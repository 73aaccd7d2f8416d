import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Step } from "../../../provider/plan/step";
import { Tree } from "./tree";

const write = (path: string, text = "x\n"): Step => ({ kind: "writeFile", path, text, mode: "0644", before: "absent" });

/** A file system of its own for a folder of the tree; false where this machine lets nobody mount. */
function mounted(path: string, options: string): boolean {
  mkdirSync(path, { recursive: true });
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", options, "tmpfs", path], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

describe("no room", () => {
  let tree: Tree;
  const mounts: string[] = [];
  beforeEach(() => void (tree = new Tree()));
  afterEach(() => {
    for (const path of mounts.splice(0)) execFileSync("umount", [path]);
    tree.remove();
  });
  const small = (path: string, options: string, skip: () => void) => {
    if (!mounted(tree.at(path), options)) return skip();
    mounts.push(tree.at(path));
  };

  it("a full disk under the target: nothing is left there, and what was written elsewhere is undone", async (context) => {
    small("/etc/full", "size=64k", context.skip);
    const outcome = await tree.apply([write("/etc/before"), write("/etc/full/large", `${"x".repeat(200_000)}\n`)]);
    expect(outcome).toMatchObject({ state: "failed", steps: [{ state: "undone" }, { state: "failed" }] });
    expect(outcome.says).toMatch(/cannot write \/etc\/full\/large: cat: write error: No space left on device/);
    expect([tree.read("/etc/before"), execFileSync("ls", ["-A", tree.at("/etc/full")], { encoding: "utf8" })]).toEqual([undefined, ""]);
  });

  it("a full disk under the journal: said before anything is touched", async (context) => {
    small("/var/lib", "size=128k", context.skip);
    writeFileSync(tree.at("/var/lib/filler"), Buffer.alloc(120 * 1024));
    const outcome = await tree.apply([write("/etc/x")]);
    expect(outcome.state).toBe("failed");
    expect(outcome.says).toContain("cannot write to /var/lib/gpuhost");
    expect(tree.read("/etc/x")).toBeUndefined();
  });

  it("a read-only root: said before anything is touched", async (context) => {
    small("/var/lib", "ro", context.skip);
    expect((await tree.apply([write("/etc/x")])).says).toMatch(/cannot write to \/var\/lib\/gpuhost: .*Read-only file system/);
    expect(tree.read("/etc/x")).toBeUndefined();
  });

  it("an image that does not fit into /boot is not begun", async () => {
    tree.command("mkinitramfs", "#!/bin/sh\ntouch $GPUHOST_ROOT/begun\n");
    const outcome = await tree.apply([{ kind: "buildInitramfs", tool: "initramfs-tools", image: "trial", kernels: ["6.1.0"], neededBytes: 9e15 }]);
    expect(outcome.says).toContain("not enough room in /boot");
    expect(tree.read("/begun")).toBeUndefined();
  });
});
