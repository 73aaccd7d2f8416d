import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { HostUnreachableError, LockedError } from "../../../provider/errors";
import { absent, value } from "../../../provider/facts/reading";
import type { Shell } from "../../../provider/host/shell";
import { carryOutOnHost } from "../../../provider/host/transaction";
import type { Step } from "../../../provider/plan/step";
import { interpreters, Tree } from "./tree";

const write = (path: string): Step => ({ kind: "writeFile", path, text: "x\n", mode: "0644", before: "absent" });
/** A step that takes as long as the test wants: modprobe waits until it is let go. */
const slow: Step = { kind: "loadModule", module: "vfio-pci" };

describe.each(interpreters)("sessions and the lock under %s", (interpreter) => {
  let tree: Tree;
  beforeEach(() => {
    tree = new Tree(interpreter);
    tree.command("modprobe", `#!/bin/sh\nwhile [ ! -e ${tree.root}/let-go ]; do sleep 0.05; done\nmkdir -p ${tree.root}/sys/module/vfio_pci\n`);
  });
  afterEach(() => tree.remove());
  const letGo = () => tree.write("/let-go", "");
  const inSlowStep = async () => await expect.poll(() => tree.log.includes("step 2 of 3: loadModule"), { timeout: 20_000 }).toBe(true);
  const three = [write("/etc/one"), slow, write("/etc/three")];
  /** Sessions of which the first runs commands in its own way. */
  const firstSession = (run: (shell: Shell, ...command: Parameters<Shell["run"]>) => ReturnType<Shell["run"]>) => {
    let sessions = 0;
    const open = async (): Promise<Shell> => {
      sessions += 1;
      const shell = tree.shell();
      return sessions > 1 ? shell : { ...shell, run: (...command) => run(shell, ...command) };
    };
    return { open, sessions: () => sessions };
  };

  it("names the live holder of the lock, and takes over a dead one's", async () => {
    const first = tree.apply(three);
    await inSlowStep();
    const second = tree.apply([write("/etc/two")], { who: "bob@desk" });
    await expect(second).rejects.toBeInstanceOf(LockedError);
    await expect(second).rejects.toThrow(/started by alice@laptop \d{4}-\d\d-\d\dT/);
    letGo();
    expect(await first).toMatchObject({ state: "done" });
    tree.write("/var/lib/gpuhost/lock/owner", "carol@phone 2020-01-01T00:00:00Z\n");
    tree.write("/var/lib/gpuhost/lock/pid", "1\n");
    tree.write("/var/lib/gpuhost/lock/boot_id", "another boot\n");
    expect(await tree.apply([write("/etc/two")])).toMatchObject({ state: "done" });
    expect(tree.log).toContain("took over a lock that was left by carol@phone 2020-01-01T00:00:00Z: that process is gone");
  });

  it("goes on when the session is cut, is started once, and tells each line once", async () => {
    const cut = firstSession((shell, ...command) =>
      Promise.race([shell.run(...command), new Promise<never>((_, reject) => void inSlowStep().then(() => reject(new HostUnreachableError("lost", "cut", "tree"))))]));
    const outcome = carryOutOnHost(cut.open, { owner: "X", who: "a", identity: { dmiUuid: absent, machineId: absent, hostKey: absent }, steps: three },
      (line) => void tree.log.push(line), { pauseSeconds: 0.1 });
    await inSlowStep();
    await new Promise((resolve) => setTimeout(resolve, 300));
    letGo();
    expect(await outcome).toMatchObject({ state: "done" });
    expect(cut.sessions()).toBe(2);
    expect(tree.transactions()).toHaveLength(1);
    expect(tree.log.filter((line) => line.startsWith("step "))).toHaveLength(3);
    expect(new Set(tree.log).size).toBe(tree.log.length);
  });

  it("launches again what a power cut took before it was whole on the host", async () => {
    const cut = firstSession((_shell, script) => {
      const id = /transactions\/(\S+?-[0-9a-f]{8})/.exec(script)?.[1] ?? "";
      tree.write(`/var/lib/gpuhost/transactions/${id}/script`, "");
      return Promise.reject(new HostUnreachableError("lost", "power cut", "tree"));
    });
    letGo();
    const outcome = await carryOutOnHost(cut.open, { owner: "X", who: "a", identity: { dmiUuid: absent, machineId: absent, hostKey: absent }, steps: three }, () => {}, { pauseSeconds: 0.1 });
    expect(outcome).toMatchObject({ state: "done" });
    expect([cut.sessions(), tree.read("/etc/one"), tree.transactions().length]).toEqual([3, "x\n", 1]);
  });

  it("undoes the transaction itself on SIGTERM, as in a shutdown", async () => {
    const running = tree.apply(three);
    await inSlowStep();
    const folder = `/var/lib/gpuhost/transactions/${tree.transactions()[0]}`;
    process.kill(Number(tree.read(`${folder}/pid`)), "SIGTERM");
    letGo();
    expect(await running).toMatchObject({ state: "failed", steps: [{ state: "undone" }, { state: "failed" }, { state: "not-reached" }] });
    expect([tree.read("/etc/one"), tree.read(`${folder}/state`)]).toEqual([undefined, "undone\n"]);
  });

  it("has whoever waits undo it when the agent is killed", async () => {
    const running = tree.apply(three);
    await inSlowStep();
    process.kill(Number(tree.read(`/var/lib/gpuhost/transactions/${tree.transactions()[0]}/pid`)), "SIGKILL");
    letGo();
    const outcome = await running;
    expect(outcome.state).toBe("failed");
    expect(outcome.says).toContain("interrupted");
    expect(tree.read("/etc/one")).toBeUndefined();
  });

  it("checks the host key of every session", async () => {
    const shell: Shell = { ...tree.shell(), hostKey: value("SHA256:now") };
    const identity = { dmiUuid: absent, machineId: absent, hostKey: value("SHA256:then") };
    await expect(carryOutOnHost(() => Promise.resolve(shell), { owner: "X", who: "a", identity, steps: [write("/etc/x")] })).rejects.toThrow(/host key is SHA256:now, the plan was made for SHA256:then/);
    expect(tree.transactions()).toEqual([]);
  });
});
