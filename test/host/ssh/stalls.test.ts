import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Clock } from "../../../provider/host/ssh/clock";
import { openSshShell } from "../../../provider/host/ssh/openSshShell";
import { Sshd } from "../../beds/sshd/sshd";

let sshd: Sshd;

beforeAll(async () => {
  sshd = await Sshd.start({ hostKeys: ["ed25519"] });
});

afterAll(() => sshd.dispose());

/** This process neither listens nor looks at its timers, as one that computes or gets no processor. */
function stall(milliseconds: number): void {
  for (const end = performance.now() + milliseconds; performance.now() < end;);
}

test("a host that answers in time is not given up because this process was away for longer than it waits", async () => {
  const opening = openSshShell(sshd.connection({ connectTimeoutSeconds: 1 }));
  setTimeout(stall, 20, 2500);
  const shell = await opening;
  expect((await shell.run("echo in", { deadlineSeconds: 20 })).stdout.toString()).toBe("in\n");
  await shell.close();
});

const over = new Error("over");

test("a stall counts as one look, so that the time that is left is as good as whole", async () => {
  const clock = new Clock(1, () => over);
  expect(await clock.during(async () => {
    await sleep(0);
    stall(3000);
    await sleep(50);
    return "done";
  })).toBe("done");
});

test("the time still ends: over several pieces of work, and for work that never does", async () => {
  const clock = new Clock(0.6, () => over);
  await clock.during(() => sleep(400));
  await expect(clock.during(() => new Promise(() => {}))).rejects.toBe(over);
  await expect(clock.during(() => new Promise(() => {}))).rejects.toBe(over);
});
