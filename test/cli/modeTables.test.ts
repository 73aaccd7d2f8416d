import { expect, test } from "vitest";
import { contextLines, modeLines } from "../../provider/cli/modeTables";
import { factsOf } from "../facts/trees";
import { allCases, sharingOf, treeOf, type SharingCase } from "../readiness/sharing/cases";

function lines(of: SharingCase): string {
  const report = sharingOf(factsOf(treeOf(of)), of.policy);
  return [...modeLines(report), "", ...contextLines(report.paravirtual)].join("\n");
}

function named(part: string): SharingCase {
  const found = allCases().find(([name]) => name.includes(part));
  if (found === undefined) throw new Error(`no case ${part}`);
  return found[1];
}

/** A board of cards of which the same is to be said, a GPU that is no card, and a QEMU with something of everything. */
test("the tables of modes and contexts for people", async () => {
  const board = { ids: "10de:2331", driver: "nvidia", attributes: { sriov_totalvfs: "20", sriov_numvfs: "0" } };
  const functions = Object.fromEntries(["65", "66", "67", "68", "69", "6a", "6b", "6c"].map((bus) => [`0000:${bus}:00.0`, board] as const));
  const boards: SharingCase = { name: "eight cards", kernel: "6.8.0-45-generic", functions, paths: ["/usr/lib/nvidia/sriov-manage"], modes: {} };
  const parts = [boards, named("Mali-G78AE"), named("all of it is new"), named("nothing is left that could draw")];
  await expect(`${parts.map((of) => `# ${of.name}\n\n${lines(of)}`).join("\n\n")}\n`).toMatchFileSnapshot("modeTables.golden.txt");
});

test("no line is longer than a screen of 110 columns, and none ends with a blank", () => {
  for (const [name, one] of allCases()) for (const line of lines(one).split("\n")) expect([name, line.length <= 110, line === line.trimEnd()]).toEqual([name, true, true]);
});
