import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { engineTrouble } from "../../provider/rollout/engineTrouble";
import { root } from "../beds/engine/engine";
import { Running, until } from "../beds/engine/running";
import { Stack, succeeded } from "../beds/engine/stack";
import { waveMachines, waveProgram } from "../beds/engine/waves";
import { Fleet } from "../beds/simulated/fleet";
import type { SimulatedHost } from "../beds/simulated/host";
import { Terminal } from "../beds/terminal/terminal";

const names = ["hv-1", "hv-2", "hv-3", "hv-4"];
const program = waveProgram(names, { canary: 1, maxUnavailable: 2 });
const question = (host: string): RegExp => new RegExp(`Carry out what this preview shows on 1 host \\(${host}\\)\\? Only "yes" does it: $`);

// Waves: hv-1; then hv-2, which is refused, and hv-3; then hv-4. A person at the keyboard, in three goes.
describe("gpuhost rollout on a terminal", () => {
  let fleet: Fleet;
  let stack: Stack;
  let hosts: Record<string, SimulatedHost>;
  let terminal: Terminal;
  let command: readonly string[];
  const boots = (): readonly number[] => Object.values(hosts).map((host) => host.boots);
  const start = (rows: number, columns: number, environment: Readonly<Record<string, string>>, ...args: string[]): Terminal =>
    (terminal = new Terminal([process.execPath, ...command, ...args], { cwd: stack.folder, env: { ...stack.environment, ...environment }, rows, columns }));

  beforeAll(async () => {
    fleet = new Fleet();
    hosts = Object.fromEntries(await Promise.all(waveMachines(names).map(async (machine) => [machine.name, await fleet.add(machine)] as const)));
    stack = await Stack.create({ program, environment: { HOME: fleet.folder } });
    command = [join(root, "dist", "cli", "main.js"), "rollout", "--cwd", stack.project];
    // What a person has selected is another stack.
    succeeded(await stack.run(["stack", "init", "other"]));
  });
  afterEach(() => terminal?.close());
  afterAll(async () => {
    stack?.dispose();
    await fleet?.stop();
  });

  it("asks, takes a yes, draws one table in a window that changes its size, and ends with Ctrl-C where what was begun has ended", async () => {
    const { screen } = start(30, 100, { NO_COLOR: "" }, "--stack", "dev");
    await terminal.shows(question("hv-1"));
    expect(screen.text).toMatch(/\nGpuFleet region: wave 1 of 3 goes now [^]*\n\nCarry out what this preview shows on 1 host \(hv-1\)\? Only "yes" does it:$/);
    expect([screen.colors > 0, boots()]).toEqual([true, [1, 1, 1, 1]]);

    terminal.type("yes\r");
    await terminal.shows(/hv-1 {2}rebooting {5}the host is going down/);
    terminal.resize(14, 44);
    await terminal.shows(question("hv-3"));
    // The table as it was when the window became too small for it, and the one that was drawn from then on.
    const wave = screen.text.slice(screen.text.indexOf("\ncarrying out"), screen.text.lastIndexOf("\nPreviewing update"));
    expect(wave.match(/^ {2}hv-1.*$/gm)?.length).toBeLessThanOrEqual(2);
    expect(wave).toMatch(/^\ncarrying out: 1 host \(hv-1\)\n[^]* {2}hv-1 {2}verified\nrefused 1, waits 2, verified 1\n$/);

    terminal.type("yes\r");
    await terminal.shows(/hv-3 {2}applying/);
    terminal.type("\u0003");
    expect(await terminal.ended).toBe(2);
    expect(screen.said).toContain("gpuhost: asked to stop; nothing new begins, and what was begun on a host comes to its end there (Ctrl-C again ends the engine at once)");
    expect(screen.said).toContain("Stopped: asked to stop; `gpuhost rollout` goes on from here.");
    expect(screen.said).not.toContain("expected resource operations");
    expect(screen.text).not.toContain("^C");
    expect([screen.isCursorHidden, [...screen.unknown], boots()[0], boots()[3]]).toEqual([false, [], 2, 1]);
  });

  it("is answered with Ctrl-C, without colors where nobody wants them", async () => {
    const { screen } = start(20, 60, { NO_COLOR: "1" }, "--stack", "dev");
    await terminal.shows(/Previewing update/);
    // No answer to a question that was not there.
    terminal.type("yes\r");
    await terminal.shows(question("hv-3"));
    terminal.type("ye\u0003");
    expect(await terminal.ended).toBe(2);
    expect(screen.said).toContain("Stopped: asked to stop; `gpuhost rollout` goes on from here.");
    expect([screen.colors, screen.isCursorHidden, [...screen.unknown], boots()[3]]).toEqual([0, false, [], 1]);
  });

  it("names the lock of a run that was killed, and how to take it off", async () => {
    const killed = new Running(process.execPath, [...command, "--stack", "dev", "--yes"], { cwd: stack.folder, env: stack.environment });
    await killed.says(/^hv-3: rebooting$/m);
    // With each step that begins the engine writes its state, and a file that it was killed over is cut off.
    await until(() => hosts["hv-3"]?.boots === 2, "hv-3 to come back");
    await killed.killEngine();
    const { screen } = start(30, 100, { NO_COLOR: "" }, "--stack", "dev", "--yes");
    expect(await terminal.ended).toBe(3);
    const says = "the stack is locked: another run is on, or one was killed and left its lock. When you are sure that none is on: `pulumi cancel dev`, then run this again. Nothing was touched, and the lock was left.";
    expect(screen.said).toContain(`Not finished: ${says}`);
    expect(screen.said).toContain("Rollout of dev: 4 hosts, 0 waves carried out, 0 reboots, 0 cards gained (1 ready).");
    // The engine's own words, which the case "a lock that was left" of test/rollout has from here.
    const { stdout, stderr } = await stack.run(["up", "--stack", "dev", "--yes", "--skip-preview"]);
    expect(engineTrouble(stdout + stderr, { stack: "dev", folder: "" })).toBe(says);
    succeeded(await stack.cancel());
  });

  it("goes on to the end, and leaves the stack selected that was", async () => {
    const { screen } = start(30, 100, {}, "--stack", "dev", "--yes");
    expect(await terminal.ended).toBe(1);
    expect(screen.window).toMatch(/\n {2}verified {2}3 {2}hv-1, hv-3, hv-4\n {2}refused {3}1 {2}hv-2\n/);
    expect(boots()).toEqual([2, 1, 2, 2]);
    expect((await stack.run(["stack", "--show-name"])).stdout.trim()).toBe("other");
  });

  it("says that there is no such stack", async () => {
    const { screen } = start(30, 100, {}, "--stack", "prod");
    expect(await terminal.ended).toBe(3);
    expect(screen.said).toContain("there is no stack called prod here");
  });
});
