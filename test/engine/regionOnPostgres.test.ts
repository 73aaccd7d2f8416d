import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { engineTrouble } from "../../provider/rollout/engineTrouble";
import { engine, root, tools } from "../beds/engine/engine";
import { Running, type EngineResult } from "../beds/engine/running";
import { Postgres } from "../beds/postgres/server";
import { demoHosts } from "../beds/simulated/demoHosts";
import { Fleet } from "../beds/simulated/fleet";
import type { SimulatedHost } from "../beds/simulated/host";

/** Command lines of every process of this machine that can be read. */
function commandLines(): string {
  return readdirSync("/proc").filter((name) => /^\d+$/.test(name)).map((name) => {
    try {
      return readFileSync(join("/proc", name, "cmdline"), "utf8");
    } catch {
      return "";
    }
  }).join("\n");
}

// examples/region as its README says it, with the state in a real PostgreSQL: two failure domains, then two operators, then a dead one.
describe("a region, one stack per failure domain, its state in PostgreSQL", () => {
  const folder = mkdtempSync(join(tmpdir(), "gpuhost-region-"));
  const project = join(folder, "region");
  const inventory = join(folder, "hosts.ini");
  let postgres: Postgres;
  let fleet: Fleet;
  let hosts: readonly SimulatedHost[];
  let environment: Record<string, string>;
  let said = "";
  const start = (...args: string[]): Running => new Running(tools().pulumi, [...args, "--non-interactive", "--color", "never"], { cwd: project, env: environment });
  const pulumi = async (...args: string[]): Promise<EngineResult> => heard(await start(...args).result);
  const drive = async (...domains: string[]): Promise<EngineResult> => heard(await new Running(process.execPath, ["drive.mts", "--parallel", "2", inventory, ...domains], { cwd: project, env: environment }).result);
  const heard = (result: EngineResult): EngineResult => {
    said += result.stdout + result.stderr;
    return result;
  };
  const changed = (): boolean[] => hosts.map((host) => existsSync(host.files.at("/etc/default/grub.d/zz-gpuhost.cfg")));
  const lockedBy = /the stack is currently locked by 1 lock\(s\)\. Either wait for the other process\(es\) to end or delete the lock file with `pulumi cancel`/;

  beforeAll(async () => {
    [postgres, fleet] = await Promise.all([Postgres.start(), Promise.resolve(new Fleet())]);
    hosts = await Promise.all(["hv-a", "hv-b"].map((name) => fleet.add({ ...demoHosts[0]!.machine, name })));
    const lines = hosts.map(({ machine, address, port }) => `${machine.name} ansible_host=${address} ansible_port=${port}`);
    writeFileSync(inventory, [
      "[rack_a]", lines[0], "[rack_b]", lines[1], "[all:vars]", "ansible_user=root", `ansible_ssh_private_key_file=${fleet.keyFile}`,
      "gpuhost_cards=[{'address': '0000:65:00.0', 'id': '10de:2231'}]", "",
    ].join("\n"));
    cpSync(join(root, "examples", "region"), project, { recursive: true, filter: (path) => !path.endsWith("node_modules") });
    symlinkSync(join(root, "node_modules"), join(project, "node_modules"));
    // Types are the business of another test.
    environment = engine(folder, { HOME: fleet.folder, PULUMI_NODEJS_TRANSPILE_ONLY: "true", ...postgres.environment });
  });
  afterAll(async () => {
    await postgres?.stop();
    await fleet?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  it("finishes two stacks side by side", async () => {
    const { exitCode, stdout, stderr } = await drive("rack_a", "rack_b");
    expect(stdout + stderr).toContain("rack_a: ready\nrack_b: ready\n");
    expect(exitCode).toBe(0);
    expect(changed()).toEqual([true, true]);
    expect((await pulumi("stack", "ls", "--json")).stdout).toMatch(/"rack_a"[^]*"rack_b"/);
    expect(readdirSync(join(folder, "state"))).toEqual([]);
  });

  it("turns a second operator away while the first one is at it, and the first one ends as if alone", async () => {
    const first = start("destroy", "--stack", "rack_b", "--yes");
    await first.says(/Destroying|Previewing destroy/);
    const processes = commandLines();
    const [second, other] = await Promise.all([pulumi("up", "--stack", "rack_b", "--yes"), pulumi("preview", "--stack", "rack_a")]);
    expect(second.exitCode).not.toBe(0);
    expect(second.stdout + second.stderr).toMatch(lockedBy);
    expect(second.stdout).not.toContain("GpuFleet");
    expect(other.exitCode).toBe(0);
    expect(heard(await first.result).exitCode).toBe(0);
    expect(changed()).toEqual([true, false]);
    expect(processes).toContain("pulumi");
    expect(postgres.isToldBy(processes)).toBe(false);
  });

  it("leaves the lock of a killed run, which `pulumi cancel` takes off, and the next run converges", async () => {
    const killed = start("up", "--stack", "rack_b", "--yes");
    await killed.says(/KernelArguments: (step|writeFile)/);
    heard(await killed.killEngine());
    const refused = await drive("rack_b");
    expect(refused.stdout).toContain("rack_b: locked by another run\n");
    expect(refused.stdout).toMatch(lockedBy);
    expect(engineTrouble(refused.stdout, { stack: "rack_b", folder: "" })).toContain("the stack is locked: another run is on, or one was killed and left its lock.");
    expect(refused.exitCode).toBe(1);
    expect((await pulumi("cancel", "rack_b", "--yes")).exitCode).toBe(0);
    const next = await drive("rack_b");
    expect(next.stdout + next.stderr).toContain("rack_b: ready\n");
    expect(changed()).toEqual([true, true]);
    expect((await pulumi("preview", "--stack", "rack_b", "--expect-no-changes")).exitCode).toBe(0);
  });

  it("tells nobody the password of the database", () => {
    expect(said).toContain("Updating (rack_b)");
    expect(postgres.isToldBy(said)).toBe(false);
    expect(postgres.isToldBy(readFileSync(join(project, "Pulumi.rack_b.yaml"), "utf8"))).toBe(false);
  });
});
