import { spawn } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { root } from "../beds/engine/engine";

interface Ended {
  readonly status: number | null;
  readonly output: string;
}

const folder = mkdtempSync(join(tmpdir(), "gpuhost-demo-"));

/** `npm run demo` as whoever is at the machine runs it, but for the place of its temporary files. */
function demo(...args: string[]): Promise<Ended> {
  const env = { ...process.env, NO_COLOR: "1", TMPDIR: folder };
  const child = spawn(process.execPath, [join(root, "test", "run", "demo.mjs"), ...args], { cwd: root, env, stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (text: string) => (output += text));
  return new Promise((resolve, reject) => child.on("error", reject).on("close", (status) => resolve({ status, output })));
}

/** What differs between two runs: free ports, and hosts' keys that are new each time. */
function steady(text: string): string {
  return text.replace(/(127\.77\.0\.\d) port \d+/g, "$1 port 22").replace(/SHA256:[A-Za-z0-9+/]{43}/g, "SHA256:...");
}

function between(text: string, from: RegExp, to: RegExp): string {
  const begin = text.search(from);
  const rest = text.slice(begin);
  return rest.slice(rest.indexOf("\n") + 1, rest.search(to));
}

describe("npm run demo", () => {
  let ended: Ended;
  beforeAll(async () => void (ended = await demo()));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it("ends as announced and leaves nothing behind", () => {
    expect(ended.output).toContain("gpu-1 is ready, and proven so by a fresh read.");
    expect(ended.status).toBe(0);
    expect(readdirSync(folder)).toEqual([]);
  });

  it("shows the preview that the README shows", async () => {
    const preview = between(ended.output, /^Previewing update/m, /^Look at/m);
    await expect(`${steady(preview).trim()}\n`).toMatchFileSnapshot(join(root, "docs", "preview.txt"));
  });

  it("has nothing left to do in its last preview but what is refused", () => {
    const last = between(ended.output, /^── 4/m, /^gpu-1 is ready/m);
    expect(last).toMatch(/error: .*gpu-2/);
    expect(last).not.toMatch(/to (create|update|delete|replace)/);
  });

  it("explains itself", async () => {
    const { status, output } = await demo("--help");
    expect(status).toBe(0);
    expect(output).toContain("--keep");
  });
});
