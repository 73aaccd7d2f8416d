import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";
import { sourceShell, type ShellVariables } from "../../provider/facts/shellScript";
import { NotFollowed } from "../../provider/facts/shellWords";

const names = ["A", "B"] as const;
type Outcome = readonly (string | null)[];

/** Values of A and B after the text; null where they are not known; undefined where the text is not followed at all. */
function followed(text: string): Outcome | undefined {
  const variables: ShellVariables = new Map();
  try {
    sourceShell(text, variables);
  } catch (error) {
    if (error instanceof NotFollowed) return undefined;
    throw error;
  }
  return names.map((name) => (variables.has(name) ? (variables.get(name) ?? null) : ""));
}

describe("sourceShell", () => {
  test.each<[string, string, Outcome | undefined]>([
    ["assignments and comments", "# c\nA=\"x y\" # d\nB='z'", ["x y", "z"]],
    ["appending to itself over a line break", 'A="base=1"\nA="$A \\\nlockdown=confidentiality"', ["base=1 lockdown=confidentiality", ""]],
    ["quotes of all kinds in one word", "A=a\"b c\"'d $e'\\ f", ["ab cd $e f", ""]],
    ["export", 'export A="x"', ["x", ""]],
    ["a default with an expansion inside", 'A="${A:+$A }x"\nA="${A:+$A }y"', ["x y", ""]],
    ["a command's output that feeds nothing", "C=`lsb_release -i -s 2> /dev/null || echo Debian`\nA=x", ["x", ""]],
    ["a command's output that feeds the variable", 'A="$(cat /proc/x)"', [null, ""]],
    ["a decided condition", 'B=on\nif [ "$B" = on ]; then A=x; else A=y; fi', ["x", "on"]],
    ["a condition on files: equal in both branches", "A=x\nif [ -f /x ]; then C=1; fi", ["x", ""]],
    ["a condition on files: different in the branches", "A=x\nif [ -e /x ]; then A=y; fi", [null, ""]],
    ["a condition on a command of the system", "if ! command -v foo >/dev/null 2>&1; then C=1; fi\nA=x", ["x", ""]],
    ["and, or", '[ -n "$A" ] && A=y\n[ -z "$A" ] && A=z || true', ["z", ""]],
    ["an unterminated quote", 'A="x', undefined],
    ["a second word is a command", "A=x y", undefined],
    ["+= is no assignment for dash", 'A+=" x"', undefined],
    ["an array is none for dash", "A=(x y)", undefined],
    ["loops", "for x in a b; do A=$x; done", undefined],
    ["a command", "update-foo", undefined],
    ["a pattern in braces", 'A="${A%x}"', undefined],
    ["a carriage return is no blank", 'A="x"\r\n', ["x\r", ""]],
    ["a line of a carriage return is a command", 'A="x"\n\r\n', undefined],
  ])("%s", (_, text, expected) => {
    expect(followed(text)).toEqual(expected);
  });

  const folder = mkdtempSync(join(tmpdir(), "gpuhost-shell-"));
  afterAll(() => rmSync(folder, { recursive: true }));

  /** What a real shell makes of it, with nothing on PATH; undefined when it stops. */
  function ran(shell: string, text: string): Outcome | undefined {
    const file = join(folder, "defaults");
    writeFileSync(file, text);
    const result = spawnSync(shell, ["-e", "-c", `. ${file}; printf '\\0%s\\0%s\\0' "$A" "$B"`], { cwd: folder, env: { PATH: "/nonexistent" }, encoding: "utf8" });
    return result.status === 0 ? result.stdout.split("\0").slice(1, 3) : undefined;
  }

  const shells = ["dash", "bash"].flatMap((shell) => spawnSync("sh", ["-c", `command -v ${shell}`], { encoding: "utf8" }).stdout.trim() || []);

  const word = fc.constantFrom("x", "quiet", "y=1", '"p q"', "'r s'", '"$A"', "$B", "${A:-d}", '"${B:+$B }z"', "\\ ", '"\\""', "'$A'", "$", '"a\\\nb"', '""', "`echo 1`", "$(echo 2)");
  const assignment = fc.tuple(fc.constantFrom(...names), fc.array(word, { maxLength: 3 })).map(([name, words]) => `${name}=${words.join("")}`);
  const condition = fc.constantFrom('[ "$A" = x ]', '[ -n "$B" ]', "true", "false", '! [ -z "$A" ]', '[ "$A" != "$B" ]', "[ -e /nonexistent ]");
  const line = fc.oneof(
    { weight: 5, arbitrary: assignment },
    fc.tuple(condition, assignment, assignment).map(([test, yes, no]) => `if ${test}; then ${yes}; else ${no}; fi`),
    fc.tuple(condition, fc.constantFrom("&&", "||"), assignment).map((parts) => parts.join(" ")),
    fc.constantFrom("# comment", "", ":", "echo x", "export A"),
  );
  const script = fc.array(line, { maxLength: 6 }).map((lines) => lines.join("\n"));
  const noise = fc.string({ unit: fc.constantFrom("A", "=", "B", '"', "'", "$", "\\", " ", "#", ";", "\n", "{", "}", "[", "]", "|", "&", "x"), maxLength: 24 });

  test.skipIf(shells.length === 0)("what it says is what the shells on this machine make of it", () => {
    let compared = 0;
    fc.assert(fc.property(fc.oneof(script, noise), (text) => {
      const here = followed(text);
      if (here === undefined || here.includes(null)) return;
      compared++;
      for (const shell of shells) {
        const there = ran(shell, text);
        // A file that ends in a false `x && y` is followed here and stops grub-mkconfig: then there is nothing to compare.
        if (there !== undefined || !text.includes("&&")) expect(there, `${shell}: ${JSON.stringify(text)}`).toEqual(here);
      }
    }), { numRuns: 300 });
    expect(compared).toBeGreaterThan(50);
  });
});
