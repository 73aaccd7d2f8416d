import { tmpdir } from "node:os";
import { expect, it } from "vitest";
import { Terminal } from "./terminal";

const options = { cwd: tmpdir(), rows: 5, columns: 20 };
const env = { PATH: process.env["PATH"] ?? "" };

it("shows what a command draws, tells it its size and another one, and hands it what is typed", async () => {
  const terminal = new Terminal(["sh", "-c", "printf '\\033[?25l\\033[1mone\\033[0m\\r\\033[Ktwo\\n'; stty size; read -r typed; stty size; printf \"$typed\"; exit 3"], { ...options, env });
  await terminal.shows(/5 20/);
  terminal.resize(6, 30);
  terminal.type("yes\r");
  expect(await terminal.ended).toBe(3);
  expect([terminal.screen.text, terminal.screen.colors, terminal.screen.isCursorHidden, [...terminal.screen.unknown]]).toEqual(["two\n5 20\nyes\n6 30\nyes", 2, true, []]);
});

it("says which tool it needs where that is missing", async () => {
  const terminal = new Terminal(["true"], { ...options, env: { PATH: "/nonexistent" } });
  await expect(terminal.shows(/anything/)).rejects.toThrow("no `script` on PATH");
  terminal.close();
});
