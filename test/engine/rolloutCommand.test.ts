import { existsSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { root } from "../beds/engine/engine";
import { Running, type EngineResult } from "../beds/engine/running";
import { Stack } from "../beds/engine/stack";
import { waveMachines, waveProgram } from "../beds/engine/waves";
import { Fleet } from "../beds/simulated/fleet";
import type { SimulatedHost } from "../beds/simulated/host";

const names = ["hv-1", "hv-2", "hv-3", "hv-4", "hv-5", "hv-6"];
const program = waveProgram(names, { canary: 1, maxUnavailable: 4, stopAfterFailures: 3 });

// Waves: hv-1; then hv-2, which is refused for a bystander, hv-3, which does not answer, hv-4, whose initramfs cannot be built, and hv-5; then hv-6.
describe("gpuhost rollout", () => {
  let fleet: Fleet;
  let stack: Stack;
  let hosts: Record<string, SimulatedHost>;
  const touched = (): string[] => Object.keys(hosts).filter((name) => existsSync(hosts[name]!.files.at("/var/lib/gpuhost")));
  const start = (...args: string[]): Running =>
    new Running(process.execPath, [join(root, "dist", "cli", "main.js"), "rollout", "--cwd", stack.project, ...args], { cwd: stack.folder, env: stack.environment });
  const said = ({ stdout, stderr }: EngineResult): string => stdout + stderr;

  beforeAll(async () => {
    fleet = new Fleet();
    hosts = Object.fromEntries(await Promise.all(waveMachines(names).map(async (machine) => [machine.name, await fleet.add(machine, { faults: machine.name === "hv-3" ? { unreachable: "closed" } : {} })] as const)));
    hosts["hv-4"]!.files.write("/etc/initramfs-tools/hooks/site", '#!/bin/sh\n[ "$1" = prereqs ] || exit 1', 0o755);
    stack = await Stack.create({ program, environment: { HOME: fleet.folder } });
  });
  afterAll(async () => {
    stack?.dispose();
    await fleet?.stop();
  });

  it("shows the whole preview and changes nothing where nobody can say yes", async () => {
    const result = await start("--stack", "dev").result;
    expect(result.stdout).toContain("file /etc/default/grub.d/zz-gpuhost.cfg");
    expect(result.stdout).toContain("Stopped: nobody is here to say yes to 1 host (hv-1); pass --yes, or run this on a terminal.");
    expect([result.exitCode, touched()]).toEqual([2, []]);
  });

  it("is interrupted, begins nothing new, and says where it stopped", async () => {
    const running = start("--yes");
    await running.says(/^hv-5: applying$/m);
    running.interrupt();
    const result = await running.result;
    expect(said(result)).toContain("asked to stop; nothing new begins");
    expect(result.stdout).toMatch(/^carrying out: 1 host \(hv-1\)\nhv-1: applying\nhv-1: rebooting\nhv-1: verifying\nhv-1: verified\n/m);
    expect(result.stdout).toContain("Stopped: asked to stop; `gpuhost rollout` goes on from here.");
    expect(result.exitCode).toBe(2);
    expect(hosts["hv-6"]!.boots).toBe(1);
  });

  it("goes on where it stopped, to the end, and sums up", async () => {
    const result = await start("--yes", "--json").result;
    const { hosts: ends, ...rest } = JSON.parse(result.stdout) as { hosts: Record<string, { state: string; reboots: number; gained: number }> };
    expect(Object.entries(ends).map(([name, { state }]) => [name, state])).toEqual([
      ["hv-1", "verified"], ["hv-2", "refused"], ["hv-3", "unreachable"], ["hv-4", "failed"], ["hv-5", "verified"], ["hv-6", "verified"],
    ]);
    expect(rest).toMatchObject({ stack: "dev", exitCode: 1, ended: "finished", reboots: 2, cardsGained: 2, cardsReady: 3, refusals: { "bystander-in-group": ["hv-2"] } });
    expect(Object.values(hosts).map(({ boots }) => boots)).toEqual([2, 1, 1, 1, 2, 2]);
    expect(result.stderr).toMatch(/^hv-6: rebooting$/m);
    expect(result.exitCode).toBe(1);
  });
});
