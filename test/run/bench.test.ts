import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { median, ratio, short } from "../bench/numbers";
import { asJson, asText, ratioNames, ratiosOf, rowKey, type Measured, type Row } from "../bench/report";
import { inOneCommand, reads } from "../bench/reads";
import { benchOptions, help, rowLetters } from "./benchOptions.mjs";

describe("npm run bench: options", () => {
  it("takes 50 hosts, five rounds and every row without options", () => {
    expect(benchOptions([])).toEqual({
      help: false, json: false, growth: false, recording: undefined, hosts: 50, rounds: 5, only: rowLetters, sizes: [50, 100, 200, 1000],
      fleet: undefined, stackSize: 100, stacksAtOnce: 2,
    });
  });

  it("takes what it is told, rows in their own order", () => {
    expect(benchOptions(["--hosts", "200", "--rounds", "7", "--only", "d,b,a", "--growth", "--sizes", "10,20", "--json"])).toMatchObject({
      hosts: 200, rounds: 7, only: ["a", "b", "d"], growth: true, sizes: [10, 20], json: true,
    });
  });

  it.each([
    [["--only", "a,h"], /--only h: letters of a, b, c, d, e, f, g/],
    [["--hosts", "0"], /--hosts 0: a number from 1/],
    [["--hosts", "1e3"], /--hosts 1e3/],
    [["--sizes", "50,-1"], /--sizes -1/],
    [["--fast"], /--fast[^]*npm run bench/],
    [["200"], /200[^]*npm run bench/],
  ])("says what is wrong with %j", (words, says) => {
    expect(() => benchOptions(words)).toThrow(says);
  });

  it("names every row in its help", () => {
    for (const letter of rowLetters) expect(help).toMatch(new RegExp(`\\b${letter}  \\S`));
  });
});

describe("npm run bench: numbers", () => {
  it("a median has as many values at or below it as at or above it, and lies between two of them", () => {
    fc.assert(fc.property(fc.array(fc.double({ min: 0, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 30 }), (values) => {
      const middle = median(values);
      const [below, above] = [values.filter((one) => one <= middle).length, values.filter((one) => one >= middle).length];
      expect(Math.min(below, above) * 2).toBeGreaterThanOrEqual(values.length);
      expect(middle).toBeGreaterThanOrEqual(Math.min(...values));
      expect(middle).toBeLessThanOrEqual(Math.max(...values));
    }));
  });

  it("is the middle one of five, and the mean of the middle two of four", () => {
    expect([median([9, 1, 5, 3, 100]), median([4, 1, 3, 100])]).toEqual([5, 3.5]);
    expect(() => median([])).toThrow(RangeError);
  });

  it("a ratio needs both sides", () => {
    expect([ratio(10, 4), ratio(1, 3), ratio(undefined, 1), ratio(1, undefined), ratio(1, 0)]).toEqual([2.5, 0.33, null, null, null]);
  });

  it("shows three digits that count", () => {
    expect([0.1234, 1.236, 12.34, 123.4].map(short)).toEqual(["0.12", "1.24", "12.3", "123"]);
  });
});

const row = (of: string, seconds: number, hosts = 200): Row => ({ row: of, name: `row ${of}`, hosts, rounds: [seconds, seconds * 3, seconds / 2] });
const measured = (rows: readonly Row[], failures: readonly string[] = []): Measured => ({ hosts: 200, concurrency: 64, machine: "2 x Some CPU", rows, figures: [{ name: "state a host", value: 31.25, unit: "kB" }], failures });
const all = [row("a", 2), row("b", 3), row("b process", 4), row("c first", 9), row("c converged", 8), row("g first", 6), row("g converged", 5), row("d", 100), row("e", 10), row("f", 6)];

describe("npm run bench: report", () => {
  it("holds peers against the whole command, and the floor against what happens on the connection", () => {
    const grown = [row(rowKey("b", true), 3, 100), row(rowKey("c first", true), 5, 100), row(rowKey("c first", true), 60, 1000)];
    expect(ratiosOf([...all, ...grown])).toEqual({
      "observe/floor": 1.5, "ansible/observe": 25, "pyinfra/observe": 2.5, "command/observe": 1.5, "preview/engine-floor": 1.6, "perhost-1000/perhost-100": 1.2,
    });
  });

  it("says null for what was not measured, and takes no row of the growth for one of the rounds", () => {
    const ratios = ratiosOf([row("a", 2), row(rowKey("b", true), 3, 50)]);
    expect(Object.keys(ratios)).toEqual([...ratioNames]);
    expect(Object.values(ratios)).toEqual([null, null, null, null, null, null]);
  });

  it("gives one JSON object with hosts, ratios and rows", () => {
    const said = JSON.parse(asJson(measured(all, ["f: no plugin"]))) as { readonly rows: readonly unknown[] };
    expect(said).toMatchObject({ hosts: 200, ratios: { "observe/floor": 1.5 }, failures: ["f: no plugin"], machine: "2 x Some CPU" });
    expect(said.rows[0]).toEqual({ row: "a", name: "row a", hosts: 200, rounds: [2, 6, 1], medianSeconds: 2, millisecondsPerHost: 10 });
    expect(said.rows).toHaveLength(all.length);
  });

  it("tells people the same, failures by name", () => {
    const text = asText(measured(all, ["f: no plugin"]));
    expect(text).toContain("| d: row d | 200 | 100 | 500 | 100 300 50.0 |");
    expect(text).toContain("| perhost-1000/perhost-100 | not measured |");
    expect(text).toContain("| state a host | 31.3 kB |");
    expect(text).toContain("FAILED  f: no plugin");
  });
});

it("every read of the bench is in the one command, below the tree", () => {
  const command = inOneCommand("/some/tree");
  expect(command).toMatch(/^cd \/some\/tree \|\|/);
  for (const [name, read] of Object.entries(reads)) expect(command).toContain(`echo "== ${name}"; { ${read}; }`);
});
