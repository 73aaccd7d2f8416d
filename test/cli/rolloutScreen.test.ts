import { readFileSync } from "node:fs";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { describe, expect, it, vi } from "vitest";
import { Leaving } from "../../provider/cli/leaving";
import { RolloutScreen } from "../../provider/cli/rolloutScreen";
import type { EngineEvent } from "../../provider/rollout/happening";
import { View } from "../../provider/rollout/view";
import { Screen } from "../beds/terminal/screen";

const recorded = (name: string): readonly EngineEvent[] => JSON.parse(readFileSync(join(__dirname, "..", "rollout", "cases", `${name}.json`), "utf8")) as EngineEvent[];

interface Bench {
  readonly terminal: Screen;
  readonly input: PassThrough;
  readonly leaving: Leaving;
  readonly screen: RolloutScreen;
  resize(rows: number, columns: number): void;
}

function bench(yes = false): Bench {
  const terminal = new Screen(12, 100);
  const input = Object.assign(new PassThrough(), { isTTY: true });
  const leaving = new Leaving(true, (line) => screen.say(line));
  // An output stream has more than a terminal is asked for here.
  // The kernel's terminal has every new line begin on the left.
  const out = Object.assign(new PassThrough(), { isTTY: true, rows: 12, columns: 100, write: (text: string) => (terminal.write(text.replaceAll("\n", "\r\n")), true) });
  const screen = new RolloutScreen({ out: out as never, input: input as never, yes, leaving });
  return { terminal, input, leaving, screen, resize: (rows, columns) => { Object.assign(out, { rows, columns }); terminal.resize(rows, columns); } };
}

const wave = { next: "wave", hosts: ["hv-1"], others: 0 } as const;

describe("a rollout on a terminal", () => {
  it("draws one table over and over, and leaves what was said and how the wave ended", async () => {
    const { terminal, leaving, screen } = bench();
    const view = new View();
    const take = (events: readonly EngineEvent[]): void => { for (const event of events) for (const change of view.take(event)) screen.changed(view, change); };
    take(recorded("canary.preview"));
    screen.begins(view, wave);
    take(recorded("canary.update"));
    take([{ diagnosticEvent: { severity: "error", message: "the disk of this machine is full" } }]);
    screen.ended(view);
    leaving.close();
    await expect(`${terminal.text}`).toMatchFileSnapshot("rolloutScreen.golden.txt");
  });

  it("leaves a table as it is that no longer fits into the window, and draws the next one below", () => {
    const { terminal, leaving, screen, resize } = bench();
    const view = new View();
    for (const event of recorded("canary.preview")) view.take(event);
    screen.begins(view, wave);
    const table = terminal.text;
    resize(12, 18);
    screen.ended(view);
    // As a terminal does it that cuts lines off, and wraps none anew.
    const before = table.split("\n").map((line) => line.slice(0, 18).trimEnd());
    expect(terminal.text.split("\n").slice(0, before.length - 1)).toEqual(before.slice(0, -1));
    expect(terminal.text.split("\n").filter((line) => line.startsWith("  hv-1"))).toHaveLength(2);
    leaving.close();
  });

  it("leaves nothing of a Ctrl-C that the terminal itself showed", () => {
    const { terminal, leaving, screen } = bench();
    const view = new View();
    for (const event of recorded("canary.preview")) view.take(event);
    screen.begins(view, wave);
    for (const says of ["asked to stop", undefined]) {
      terminal.write("^C");
      if (says === undefined) screen.ended(view);
      else screen.say(says);
    }
    expect(terminal.text).toMatch(/^carrying out: 1 host \(hv-1\)\nasked to stop\n {2}hv-1 {2}planned\n/);
    leaving.close();
  });

  it("takes the word yes for a yes, and nothing else", async () => {
    for (const [typed, agreed] of [["yes\r", true], ["y\r", "nobody said yes to 1 host (hv-1)"], ["\r", "nobody said yes to 1 host (hv-1)"]] as const) {
      const { terminal, input, leaving, screen } = bench();
      // Typed before the question was there.
      input.write("yes\r");
      const answer = screen.agrees(wave);
      await vi.waitUntil(() => terminal.text.includes("Only"), 30_000);
      input.write(typed);
      expect(await answer).toBe(agreed);
      expect(terminal.text).toContain('Carry out what this preview shows on 1 host (hv-1)? Only "yes" does it:');
      leaving.close();
    }
  });

  it("takes Ctrl-C and the end of the input for a no, and Ctrl-C for a wish to stop", async () => {
    for (const [typed, stops] of [["\u0003", true], ["\u0004", false]] as const) {
      const { terminal, input, leaving, screen } = bench();
      const answer = screen.agrees(wave);
      await vi.waitUntil(() => terminal.text.includes("Only"), 30_000);
      input.write(typed);
      expect([await answer, screen.leaving]).toEqual(["nobody said yes to 1 host (hv-1)", stops]);
      leaving.close();
    }
  });

  it("does not ask where yes was said beforehand", async () => {
    const { terminal, leaving, screen } = bench(true);
    expect([await screen.agrees(wave), terminal.text]).toEqual([true, ""]);
    leaving.close();
  });

  it("counts down on one line of a window that is too small for it", async () => {
    const { terminal, leaving, screen, resize } = bench();
    resize(12, 30);
    const soaking = screen.soaks(Date.now() / 1000 + 86_400, "wave 2 of region");
    expect(terminal.text).toMatch(/^wave 2 of region begins in\.\.\.$/);
    leaving.ask();
    await soaking;
    expect(terminal.text).toBe("");
    leaving.close();
  });

  it("counts down a soak until somebody asks to stop, and does not wait for one that is over", async () => {
    const { terminal, leaving, screen } = bench();
    await screen.soaks(0, "wave 2 of region");
    expect(terminal.text).toBe("");
    const soaking = screen.soaks(Date.now() / 1000 + 86_400, "wave 2 of region");
    expect(terminal.text).toMatch(/^wave 2 of region begins in 2[34] h \d\d min \d\d s \(soaks until \S+Z; Ctrl-C leaves\)$/);
    process.emit("SIGINT", "SIGINT");
    await soaking;
    expect(terminal.text).toMatch(/^gpuhost: asked to stop; nothing new begins/);
    leaving.close();
  });
});
