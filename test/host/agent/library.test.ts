import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { MalformedFactError } from "../../../provider/errors";
import { agentScript, followScript, launchScript, newTransactionId } from "../../../provider/host/applyScript";
import { parseOutcome } from "../../../provider/host/outcome";
import { hereDocument } from "../../../provider/host/stepCall";
import { absent } from "../../../provider/facts/reading";
import { interpreters } from "./tree";

const folder = join(process.cwd(), "provider", "host", "agent");
const there = spawnSync("shellcheck", ["--version"]).status === 0;

describe("the agent's scripts", () => {
  it.runIf(there).each(readdirSync(folder))("%s passes shellcheck", (name) => {
    // 00-base.sh says why these two are allowed in all of them.
    expect(spawnSync("shellcheck", ["-s", "sh", "-e", "SC2034,SC2015", join(folder, name)], { encoding: "utf8" }).stdout).toBe("");
  });

  it.runIf(there)("what launches and follows passes shellcheck", () => {
    for (const script of [launchScript("id", "echo x\n"), followScript("id", 3)]) {
      expect(spawnSync("shellcheck", ["-s", "sh", "-"], { input: script, encoding: "utf8" }).stdout).toBe("");
    }
  });

  it.each(interpreters)("parse whole under %s, with texts that try to end them", (interpreter) => {
    const [program = "", ...args] = interpreter.split(" ");
    const text = "GPUHOST\nEOF\n'\n\"\n$(false)\n}\n\\\n";
    const identity = { dmiUuid: absent, machineId: absent, hostKey: absent };
    const script = agentScript("id", { owner: "it's", who: "a'b\"c$(d)", identity, steps: [{ kind: "writeFile", path: "/a b/'c'", mode: "0644", before: "absent", text }] });
    expect(spawnSync(program, [...args, "-n"], { input: launchScript("id", script), encoding: "utf8" })).toMatchObject({ status: 0, stderr: "" });
    expect(spawnSync(program, [...args, "-c", `cat ${hereDocument(text)}`], { encoding: "utf8" }).stdout).toBe(text);
  });

  it("bring no text that does not end with a line break", () => {
    expect(() => hereDocument("x")).toThrow(/ends with a line break/);
  });

  it("are named in the order of time", () => {
    expect(newTransactionId(new Date("2026-11-21T02:03:04.567Z"))).toMatch(/^20261121T020304-[0-9a-f]{8}$/);
  });
});

describe("an outcome", () => {
  const word = fc.stringMatching(/^[^\t\n]{0,30}$/);
  it("is read back as it was said, also behind noise of a login", () => {
    const step = fc.record({ kind: fc.constantFrom("writeFile", "rebind"), state: fc.constantFrom("done", "unchanged", "failed", "undone", "not-reached", "needs-reboot", "left"), says: word });
    fc.assert(fc.property(fc.constantFrom("done", "failed", "stuck", "needs-reboot", "locked", "identity"), word, fc.array(step), (state, says, steps) => {
      const text = ["motd of the host", `outcome\t${state}\t${says}`, ...steps.map((each) => `step\t${each.kind}\t${each.state}\t${each.says}`), ""].join("\n");
      expect(parseOutcome(text, "h")).toEqual({ state, says, steps });
    }));
  });

  it("is none where the session broke, and an error where it is garbled", () => {
    expect(parseOutcome("", "h")).toBeUndefined();
    expect(parseOutcome("outcome\tdo", "h")).toBeUndefined();
    expect(() => parseOutcome("outcome\tnice\t\n", "h")).toThrow(MalformedFactError);
    expect(() => parseOutcome("outcome\tdone\t\nstep\twriteFile\tmaybe\t\n", "h")).toThrow(/no outcome/);
    expect(() => parseOutcome("outcome\tdone\t\nbash: warning\n", "h")).toThrow(MalformedFactError);
  });
});
