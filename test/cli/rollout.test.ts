import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it, vi } from "vitest";
import { Leaving } from "../../provider/cli/leaving";
import { gpuhost } from "./command";

describe("gpuhost rollout", () => {
  afterEach(() => { vi.unstubAllEnvs(); });

  it("says without a stack trace that there is no engine", async () => {
    const nothing = mkdtempSync(join(tmpdir(), "gpuhost-no-engine-"));
    vi.stubEnv("PATH", nothing);
    expect(await gpuhost("rollout", "--cwd", nothing)).toEqual({ status: 3, stdout: "", stderr: "gpuhost: there is no `pulumi` on PATH. Install the Pulumi engine, or put its folder on PATH.\n" });
    rmSync(nothing, { recursive: true });
  });

  it.each([[["--max-waves", "0"], "at least 1"], [["--max-waves", "two"], "at least 1"], [["--plan-only", "--yes"], "cannot be used with"], [["dev"], "too many arguments"]])("refuses %j", async (args, says) => {
    const ran = await gpuhost("rollout", ...args);
    expect([ran.status, ran.stderr]).toEqual([2, expect.stringContaining(says)]);
  });

  it("says in its help what each way to end means", async () => {
    const { stdout } = await gpuhost("rollout", "--help");
    expect(stdout).toMatch(/Exit status: 0 all done and proven; 1 .*; 2 stopped before that: /s);
  });
});

describe("somebody who asks to stop", () => {
  it("is heard once, ends what is waited for, and the engine is told where it cannot hear it itself", async () => {
    const before = process.listenerCount("SIGTERM");
    for (const [isTerminal, told] of [[false, true], [true, false]] as const) {
      const said: string[] = [];
      const leaving = new Leaving(isTerminal, (line) => said.push(line));
      const waits = leaving.wait(3_600_000);
      process.emit("SIGINT", "SIGINT");
      await waits;
      await leaving.wait(3_600_000);
      process.emit("SIGINT", "SIGINT");
      expect([leaving.isAsked, leaving.signal.aborted, said.length]).toEqual([true, told, 1]);
      process.emit("SIGTERM", "SIGTERM");
      expect(leaving.signal.aborted).toBe(true);
      leaving.close();
    }
    expect(process.listenerCount("SIGTERM")).toBe(before);
  });
});
