import { join, resolve } from "node:path";
import { describe, expect, it, vi } from "vitest";

const root = resolve(__dirname, "..", "..");
const file = (status: string, tests: string[], message = "") => ({
  name: join(root, "test", "some.test.ts"), status, message,
  assertionResults: tests.map((one, index) => ({ status: one, fullName: `test ${index}` })),
});

async function tally(status: number, ...files: ReturnType<typeof file>[]) {
  const { Tally } = await import("./tally.mjs");
  const counted = new Tally();
  counted.add("fast", status, { testResults: files });
  return counted;
}

describe("the last line of npm test", () => {
  it("counts what the report says", async () => {
    const counted = await tally(1, file("failed", ["passed", "failed", "passed", "skipped", "todo"]));
    expect(counted.line).toBe("2 passed, 1 failed, 2 skipped");
    expect(counted.failures).toEqual(["test/some.test.ts: test 1"]);
    expect(counted.skips).toEqual(["test/some.test.ts: test 3", "test/some.test.ts: test 4"]);
  });

  it("counts a file that could not be loaded, and one whose set-up failed after its tests were found", async () => {
    const counted = await tally(1, file("failed", [], "Cannot find module 'x'\nmore"), file("failed", ["skipped"], "beforeAll"));
    expect(counted.line).toBe("0 passed, 2 failed, 1 skipped");
    expect(counted.failures).toEqual(["test/some.test.ts: Cannot find module 'x'", "test/some.test.ts: beforeAll"]);
  });

  it("counts a run that failed although every test passed", async () => {
    const counted = await tally(1, file("passed", ["passed"]));
    expect(counted.line).toBe("1 passed, 1 failed, 0 skipped");
  });

  it("counts a check that throws as failed", async () => {
    const { Tally } = await import("./tally.mjs");
    const counted = new Tally();
    const write = vi.spyOn(process.stdout, "write").mockReturnValue(true);
    await counted.check("lint", async () => undefined);
    await counted.check("types", async () => { throw new Error("no tsc"); });
    write.mockRestore();
    expect(counted.line).toBe("1 passed, 1 failed, 0 skipped");
    expect(counted.failures).toEqual(["types"]);
  });
});

describe("the beds of a test file", () => {
  it("are those it imports from, through its helpers too", async () => {
    const { bedsOf } = await import("./beds.mjs");
    expect(bedsOf("test/engine/engine.test.ts")).toEqual(["engine"]);
    expect(bedsOf("test/vm/cycle.test.ts")).toContain("vm");
    expect(bedsOf("test/openstack/bed.cloud.test.ts")).toEqual(["openstack"]);
    expect(bedsOf("test/run/tally.test.ts")).toEqual([]);
  });

  it("are missing when nothing ran there", async () => {
    const { bedsThatRan } = await import("./beds.mjs");
    const { lines, missing } = bedsThatRan([
      { where: "test/engine/engine.test.ts", tests: [{ status: "passed" }, { status: "skipped" }] },
      { where: "test/vm/lab.test.ts", tests: [{ status: "skipped" }] },
    ]);
    expect(missing).toEqual(["sshd", "simulated", "postgres", "chromium", "openstack", "vm"]);
    expect(lines[0]).toBe("  ran      engine     the real pulumi: 1 tests, 1 skipped");
  });
});
