import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { ruleNames } from "../../provider/readiness/ruleNames";

const root = join(__dirname, "../..");

/** People write exceptions against rule names, so every name stands in the documentation, and none that no code has. */
test("docs/inspect.md names every rule and no other", () => {
  const rooms = [join(root, "provider/readiness"), join(root, "provider/readiness/rules"), join(root, "provider/readiness/nova")];
  const code = rooms.flatMap((room) => readdirSync(room).filter((name) => name.endsWith(".ts") && name !== "ruleNames.ts").map((name) => readFileSync(join(room, name), "utf8"))).join("\n");
  const table = readFileSync(join(root, "docs/inspect.md"), "utf8").split("## Rules")[1] ?? "";
  const documented = [...table.matchAll(/^\| (`[^|]*`) \|/gm)].flatMap((row) => [...(row[1] ?? "").matchAll(/`([a-z-]+)`/g)].map((name) => name[1] ?? ""));
  const used = [...code.matchAll(/"([a-z]+(?:-[a-z]+)+)"/g)].map((name) => name[1] ?? "").filter((name) => documented.includes(name));
  expect(documented.toSorted()).toEqual([...new Set(used)].toSorted());
  const named = [...code.matchAll(/(?:cardFinding|hostFinding)\(\s*(?:\w+ === "[a-z]+" \? )?"([a-z-]+)"|rule: "([a-z-]+)"/g)].map((name) => name[1] ?? name[2] ?? "");
  expect([...new Set(named)].filter((name) => !documented.includes(name))).toEqual([]);
  expect(documented.length).toBeGreaterThan(25);
});

/** What Nova makes of its configuration keeps no card from being ready; the policy's own notes are about the policy. */
test("a policy may name every rule of cards and hosts: provider/readiness/ruleNames.ts has those of docs/inspect.md", () => {
  const table = readFileSync(join(root, "docs/inspect.md"), "utf8").split("## Rules")[1]?.split("\n## ")[0] ?? "";
  const documented = [...table.matchAll(/^\| (`[^|]*`) \|/gm)].flatMap((row) => [...(row[1] ?? "").matchAll(/`([a-z-]+)`/g)].map((name) => name[1] ?? ""));
  expect(documented.filter((name) => name !== "exception-unused").toSorted()).toEqual(ruleNames.toSorted());
});
