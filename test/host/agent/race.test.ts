import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { LockedError } from "../../../provider/errors";
import { interpreters, Tree } from "./tree";

describe.each(interpreters)("many at once under %s", (interpreter) => {
  let tree: Tree;
  beforeEach(() => void (tree = new Tree(interpreter)));
  afterEach(() => tree.remove());

  it("take over one dead lock: each either does its work whole or is told who holds it", async () => {
    tree.write("/var/lib/gpuhost/lock/owner", "carol@phone 2020-01-01T00:00:00Z\n");
    tree.write("/var/lib/gpuhost/lock/pid", "1\n");
    tree.write("/var/lib/gpuhost/lock/boot_id", "another boot\n");
    const paths = [0, 1, 2, 3, 4, 5].map((number) => `/etc/file-${number}`);
    const ended = await Promise.allSettled(paths.map((path) => tree.apply([{ kind: "writeFile", path, text: "x\n", mode: "0644", before: "absent" }], { who: path })));
    ended.forEach((each, number) => {
      if (each.status === "fulfilled") expect([each.value.state, tree.read(paths[number]!)]).toEqual(["done", "x\n"]);
      else expect([each.reason instanceof LockedError, tree.read(paths[number]!)]).toEqual([true, undefined]);
    });
    expect(ended.filter((each) => each.status === "fulfilled").length).toBeGreaterThan(0);
    expect([tree.read("/var/lib/gpuhost/lock/pid"), Object.keys(tree.journal()).toSorted()]).toEqual([undefined, paths.filter((path) => tree.read(path) !== undefined)]);
    expect(await tree.apply([])).toMatchObject({ state: "done", says: "" });
  });
});
