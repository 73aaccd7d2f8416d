import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { AfterMarker } from "../../../provider/host/ssh/afterMarker";
import { frameScript, wholeOrNothing } from "../../../provider/host/ssh/framing";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "gpuhost-framing-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Shells a host may have as its sh. */
const shells = [["dash"], ["bash", "--posix"], ["busybox", "sh"]].filter(([program]) => spawnSync(program as string, ["true"]).error === undefined);

function feed(shell: readonly string[], input: string | Buffer): { status: number | null; stdout: string } {
  const [program = "", ...rest] = shell;
  const { status, stdout } = spawnSync(program, [...rest, "-s"], { input, cwd: folder, encoding: "utf8" });
  return { status, stdout };
}

describe.each(shells)("%s", (...shell) => {
  test("of a script cut off anywhere, nothing is run", () => {
    const script = "touch ran\ncat <<'END'\n}\nEND\nif true; then\n  echo '} done'\nfi # }\nexit 3";
    const whole = wholeOrNothing(script, { NAME: "it's {" });
    for (let length = 0; length < whole.length - " </dev/null\n".length; length++) {
      feed(shell, whole.slice(0, length));
      expect(existsSync(join(folder, "ran")), `${length} bytes`).toBe(false);
    }
    expect(feed(shell, whole)).toEqual({ status: 3, stdout: "}\n} done\n" });
    rmSync(join(folder, "ran"));
  });

  test("any value arrives as it is", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", maxLength: 30 }).filter((text) => !text.includes("\0")), (value) => {
        expect(feed(shell, wholeOrNothing('printf "%s." "$VALUE"', { VALUE: value })).stdout).toBe(`${value}.`);
      }),
      { numRuns: 40 },
    );
  });

  test("commands of a script find no input, and an empty script succeeds", () => {
    expect(feed(shell, `${wholeOrNothing("cat; wc -c", {})}echo not reached by cat\n`).stdout).toMatch(/^0\n/);
    expect(feed(shell, wholeOrNothing("", {}))).toEqual({ status: 0, stdout: "" });
  });
});

test("names that are no variables, and NUL bytes, are refused", () => {
  for (const name of ["", "1A", "A B", "A;B", "A=B", "é"]) expect(() => wholeOrNothing("true", { [name]: "x" })).toThrow(RangeError);
  expect(() => wholeOrNothing("tr\0ue", {})).toThrow(RangeError);
  expect(() => wholeOrNothing("true", { A: "\0" })).toThrow(RangeError);
});

test("the command line holds no script, no value, and neither marker nor prompt in one piece", () => {
  for (const privilege of ["none", "sudo", "sudo-with-password"] as const) {
    const { commandLine, marker, closing, prompt, input } = frameScript("SCRIPT", { NAME: "VALUE" }, privilege);
    for (const text of ["SCRIPT", "VALUE", marker, closing.trim(), prompt]) expect(commandLine).not.toContain(text);
    expect(input).toContain("SCRIPT");
    // Text that csh, fish and POSIX shells all read alike between single quotes.
    expect(commandLine).not.toMatch(/[!\\\n]/);
  }
});

test("whatever the chunks are, only what follows the marker line counts", () => {
  const marker = "0123abcd";
  fc.assert(
    fc.property(fc.string({ maxLength: 20 }), fc.string({ maxLength: 20 }), fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1 }), (noise, text, sizes) => {
      const stream = new AfterMarker(marker);
      let rest = Buffer.from(`${noise}${marker}\n${text}`);
      const own: Buffer[] = [];
      for (let turn = 0; rest.length > 0; turn++) {
        const size = sizes[turn % sizes.length] as number;
        own.push(stream.feed(rest.subarray(0, size)));
        rest = rest.subarray(size);
      }
      expect(Buffer.concat(own).toString()).toBe(Buffer.from(text).toString());
      expect(stream.noise).toBe(Buffer.from(noise).toString());
    }),
  );
});
