import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { engineTrouble, hasMoved } from "../../provider/rollout/engineTrouble";

const cases = JSON.parse(readFileSync(join(__dirname, "cases", "trouble.json"), "utf8")) as readonly { readonly proves: string; readonly said: string; readonly says: string }[];

it.each(cases)("says to an operator: $proves", ({ said, says }) => {
  expect(engineTrouble(said, { stack: "dev", folder: "/srv/here" })).toBe(says);
});

it("tells hosts that moved from an engine that cannot work", () => {
  expect(hasMoved("error: resource urn:pulumi:dev::test::x violates plan: properties changed: ~~plan[{...}]")).toBe(true);
  expect(cases.filter(({ said }) => hasMoved(said))).toEqual([]);
});
