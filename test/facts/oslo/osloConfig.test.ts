import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { effectiveNovaConfiguration } from "../../../provider/facts/nova/effective";
import { absent } from "../../../provider/facts/reading";
import { parseIni } from "../../../provider/facts/oslo/iniFile";
import { booleanOf, listOf, references, substituted } from "../../../provider/facts/oslo/options";

interface Case {
  readonly args: readonly string[];
  readonly files: Readonly<Record<string, string>>;
  readonly expected: { readonly fault?: true; readonly deviceSpec?: readonly string[]; readonly alias?: readonly string[]; readonly reportInPlacement?: boolean | null };
}

const { cases } = JSON.parse(readFileSync(join(__dirname, "cases/as-oslo-config-reads-them.json"), "utf8")) as { cases: readonly Case[] };

describe("files are read as the real oslo.config read them", () => {
  test.each(cases.map((one, index) => [index, one.args.join(" "), one] as const))("%i: nova-compute %s", (_, __, { args, files, expected }) => {
    const service = { name: "nova-compute", program: "nova-compute", args, environment: new Map<string, string>() } as const;
    const read = effectiveNovaConfiguration({ computeCommandLine: absent, files: new Map(Object.entries(files)) }, service);
    expect(read.faults.length > 0).toBe(expected.fault === true);
    if (expected.fault === true) return;
    expect(read.deviceSpec.map(({ value }) => value)).toEqual(expected.deviceSpec);
    expect(read.alias.map(({ value }) => value)).toEqual(expected.alias);
    expect(read.reportInPlacement.value ?? null).toBe(expected.reportInPlacement ?? null);
  });

  test("there are enough of them, and both outcomes", () => {
    expect(cases.length).toBeGreaterThan(100);
    expect(cases.filter(({ expected }) => expected.fault).length).toBeGreaterThan(10);
  });
});

const name = fc.stringMatching(/^[a-z_]{1,8}$/);
const text = fc.stringMatching(/^[a-z{][a-z0-9 ={}:,]{0,12}[a-z0-9}]$/);

test("what is written as assignments is read back, whatever the order of sections", () => {
  fc.assert(fc.property(fc.array(fc.record({ section: name, key: name, value: text, more: fc.array(text, { maxLength: 2 }) }), { maxLength: 8 }), (all) => {
    const written = all.map(({ section, key, value, more }) => [`[${section}]`, `${key} = ${value}`, ...more.map((line) => `  ${line}`), "# a comment", ""].join("\n")).join("\n");
    expect(parseIni(written)).toEqual({ assignments: all.map(({ section, key, value, more }) => ({ section, key, value: [value, ...more].join("\n") })) });
  }));
});

test("no text makes the parser fail", () => {
  fc.assert(fc.property(fc.array(fc.constantFrom("[a]", "[", " x", "k=v", ":", "#", "", "?3 section", "\u0085", "k='"), { maxLength: 8 }), (lines) => {
    const { assignments, fault } = parseIni(lines.join("\n"));
    expect(assignments.every(({ section, key }) => section !== "" && key !== "")).toBe(true);
    if (fault !== undefined) expect(fault.line).toBeGreaterThan(0);
  }));
});

test("a fault that the reading script tells by its number is told so", () => {
  expect(parseIni("[pci]\nalias = a\n?41 continuation").fault).toEqual({ line: 41, says: expect.stringContaining("indented line") });
});

test("dollars, booleans and lists", () => {
  expect([substituted("a$$b \\$c $d"), references("$a.b ${c} $$d \\$e $1")]).toEqual(["a$b $c $d", ["a.b", "c"]]);
  expect(["True", "on", "NO", "0", "maybe"].map(booleanOf)).toEqual([true, true, false, false, undefined]);
  expect([listOf("a, b ,c"), listOf(" ")]).toEqual([["a", "b", "c"], []]);
});
