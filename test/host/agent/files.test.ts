import { createHash } from "node:crypto";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { interpreters, Tree } from "./tree";

const hash = (text: string) => createHash("sha256").update(text).digest("hex");
const write = (path: string, text: string, before = "absent") => ({ kind: "writeFile", path, text, mode: "0644", before }) as const;
const restore = (path: string) => ({ kind: "restoreFile", path }) as const;

describe.each(interpreters)("files under %s", (interpreter) => {
  let tree: Tree;
  beforeEach(() => void (tree = new Tree(interpreter)));
  afterEach(() => tree.remove());

  it("writes new and old files, and puts both back byte for byte with directories, mode and all", async () => {
    tree.write("/etc/modules", "vfio\n# 'quoted' \"and\" $HOME `x` \\ back\n\n", 0o640);
    const before = tree.files();
    const text = "a 'b' \"c\" $(touch /nothing) `d` \\ \\n\n\n";
    const done = await tree.apply([write("/etc/gpuhost/deep/binding.conf", text), write("/etc/modules", "x\n", hash(tree.read("/etc/modules") ?? ""))]);
    expect(done).toMatchObject({ state: "done", steps: [{ kind: "writeFile", state: "done" }, { kind: "writeFile", state: "done" }] });
    expect(tree.read("/etc/gpuhost/deep/binding.conf")).toBe(text);
    expect(tree.mode("/etc/modules")).toBe("644");
    expect(tree.journal()["/etc/gpuhost/deep/binding.conf"]).toBe(`KernelArguments absent ${hash(text)}`);
    expect(await tree.apply([restore("/etc/modules"), restore("/etc/gpuhost/deep/binding.conf")])).toMatchObject({ state: "done" });
    expect(tree.files()).toEqual(before);
    expect(tree.journal()).toEqual({});
    expect(await tree.apply([restore("/etc/modules")])).toMatchObject({ state: "done", steps: [{ state: "unchanged" }] });
  });

  it("keeps the first before-image through rewrites", async () => {
    tree.write("/etc/x", "first\n");
    await tree.apply([write("/etc/x", "second\n", hash("first\n"))]);
    // A plan that still expects the first text may write over our own.
    expect(await tree.apply([write("/etc/x", "third\n", hash("first\n"))])).toMatchObject({ state: "done" });
    await tree.apply([restore("/etc/x")]);
    expect(tree.read("/etc/x")).toBe("first\n");
  });

  it("does not write over what somebody changed, and undoes what came before in the same transaction, newest first", async () => {
    tree.write("/etc/x", "theirs\n");
    const before = tree.files();
    const failed = await tree.apply([write("/etc/new/one", "1\n"), write("/etc/x", "ours\n", hash("planned\n")), write("/etc/three", "3\n")]);
    expect(failed.state).toBe("failed");
    expect(failed.says).toContain("/etc/x is not what the plan was made for");
    expect(failed.steps.map((step) => step.state)).toEqual(["undone", "failed", "not-reached"]);
    expect(tree.files()).toEqual(before);
    expect(tree.journal()).toEqual({});
  });

  it("leaves a file that a person edited after us, and says so", async () => {
    await tree.apply([write("/etc/x", "ours\n")]);
    tree.write("/etc/x", "ours, and theirs\n");
    const outcome = await tree.apply([restore("/etc/x")]);
    expect(outcome).toMatchObject({ state: "done", steps: [{ state: "left" }] });
    expect(outcome.steps[0]?.says).toContain("edited by somebody");
    expect(tree.read("/etc/x")).toBe("ours, and theirs\n");
  });

  it("keeps what a person made of a file of ours when it is written over as planned, each text for itself", async () => {
    await tree.apply([write("/etc/x", "ours\n")]);
    for (const theirs of ["ours, and theirs\n", "ours, and others'\n"]) {
      tree.write("/etc/x", theirs);
      const { steps } = await tree.apply([write("/etc/x", "ours\n", hash(theirs))]);
      expect(steps[0]?.says).toContain("kept in /var/lib/gpuhost/left/");
      expect(tree.read("/etc/x")).toBe("ours\n");
    }
    const left = (theirs: string) => tree.read(`/var/lib/gpuhost/left/%2Fetc%2Fx.edited-${hash(theirs).slice(0, 12)}`);
    expect([left("ours, and theirs\n"), left("ours, and others'\n")]).toEqual(["ours, and theirs\n", "ours, and others'\n"]);
    expect(await tree.apply([write("/etc/x", "other\n", hash("ours\n"))])).toMatchObject({ steps: [{ says: "wrote /etc/x" }] });
  });

  it("refuses a link, a directory and a path of another machine's file system", async () => {
    tree.write("/etc/real", "r\n");
    tree.link("/etc/linked", "real");
    expect((await tree.apply([write("/etc/linked", "x\n", hash("r\n"))])).says).toContain("symbolic link to real");
    expect((await tree.apply([write("/etc/default", "x\n")])).says).toContain("/etc/default is not a plain file");
    expect(tree.read("/etc/real")).toBe("r\n");
  });

  it("refuses another machine with both identities, before it touches anything", async () => {
    tree.write("/etc/machine-id", "0123456789abcdef0123456789abcdef\n");
    await expect(tree.apply([write("/etc/x", "x\n")])).rejects.toThrow(/machine-id is 0123456789abcdef0123456789abcdef, the plan was made for 5e0b/);
    expect(tree.read("/etc/x")).toBeUndefined();
  });

  it("tells each step while it goes on, and the last twenty transactions stay", async () => {
    for (let round = 0; round < 22; round += 1) await tree.apply([]);
    expect(tree.transactions()).toHaveLength(20);
    await tree.apply([write("/etc/x", "x\n")]);
    expect(tree.log.slice(-2)).toEqual(["step 1 of 1: writeFile", "writeFile: done: wrote /etc/x"]);
    expect(tree.read(`/var/lib/gpuhost/transactions/${tree.transactions().at(-1)}/state`)).toBe("done\n");
  });
});
