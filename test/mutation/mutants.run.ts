import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test, vi } from "vitest";

/** Of instrument.mjs. */
interface Mutant {
  readonly id: string;
  readonly leftOut?: string;
}

/** What the instrumented sources look at (Stryker's instrumenter, INSTRUMENTER_CONSTANTS). */
interface Switch {
  activeMutant: string | undefined;
  currentTestId: string | undefined;
  hitCount: number | undefined;
  hitLimit: number | undefined;
  mutantCoverage: { static: Readonly<Record<string, number>>; perTest: Readonly<Record<string, Readonly<Record<string, number>>>> } | undefined;
}

type Outcome = "killed" | "survived" | "not reached" | "timed out" | "left out";

/** Left out: one test compares the sources with the documentation, and these are no sources; others go over every host hundreds of times. */
const tooMuch = /(documented|monotonic)\.test\.ts$/;
const folder = join(__dirname, "../readiness");
/** A regular expression for the tests that are to run, by their path in test/readiness. */
const wanted = new RegExp(process.env["GPUHOST_MUTANTS_TESTS"] ?? "");
const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".test.ts") && !tooMuch.test(name) && wanted.test(name)).map((name) => join(folder, name));

const ns: Switch = { activeMutant: undefined, currentTestId: undefined, hitCount: undefined, hitLimit: undefined, mutantCoverage: undefined };
(globalThis as unknown as { __stryker__: Switch }).__stryker__ = ns;

type Tests = readonly { readonly name: string; readonly run: () => unknown }[];

/** The tests with all modules loaded anew, so that what runs while they load runs with the mutant. */
async function load(): Promise<Tests> {
  vi.resetModules();
  const { registered } = await import("./registry.js");
  for (const file of files) await import(file);
  return registered;
}

/** Which of these tests fails first, and how; undefined: none. */
async function failure(tests: Tests, order: Iterable<number>): Promise<{ readonly at: number; readonly error: unknown } | undefined> {
  for (const at of order) {
    try {
      await tests[at]?.run();
    } catch (error) {
      return { at, error };
    }
  }
  return undefined;
}

test("every mutant", { timeout: 3_600_000 }, async () => {
  const mutants = JSON.parse(readFileSync(join(__dirname, "mutants.json"), "utf8")) as readonly Mutant[];
  const tests = await load();
  const milliseconds: number[] = [];
  for (const [at, { name }] of tests.entries()) {
    ns.currentTestId = String(at);
    const began = performance.now();
    expect((await failure(tests, [at]))?.error, name).toBeUndefined();
    milliseconds.push(performance.now() - began);
  }
  ns.currentTestId = undefined;
  const { static: whileLoading = {}, perTest = {} } = ns.mutantCoverage ?? {};
  // The quickest first, but before them the one that found the mutant before: it mostly finds the next one as well.
  const order = tests.map((_, at) => at).sort((a, b) => (milliseconds[a] ?? 0) - (milliseconds[b] ?? 0));

  const outcomeOf = async ({ id, leftOut }: Mutant): Promise<Outcome> => {
    if (leftOut !== undefined) return "left out";
    const covering = order.filter((at) => perTest[at]?.[id] !== undefined);
    if (covering.length === 0 && !(id in whileLoading)) return "not reached";
    const hits = covering.reduce((sum, at) => sum + (perTest[at]?.[id] ?? 0), 0);
    Object.assign(ns, { activeMutant: id, hitCount: 0, hitLimit: 1000 + 100 * hits });
    const anew = id in whileLoading ? await load().catch(() => []) : tests;
    // Other tests than without the mutant, or none: a table that they come from has changed, or does not load.
    if (anew.length !== tests.length) return "killed";
    const failed = await failure(anew, id in whileLoading ? [...order] : covering);
    if (failed === undefined) return "survived";
    order.unshift(...order.splice(order.indexOf(failed.at), 1));
    return String(failed.error).includes("Hit count limit") ? "timed out" : "killed";
  };
  const results: (Mutant & { readonly outcome: Outcome })[] = [];
  for (const mutant of mutants) {
    results.push({ ...mutant, outcome: await outcomeOf(mutant) });
    // A part of it is there at any time.
    if (results.length % 50 === 0 || results.length === mutants.length) writeFileSync(join(__dirname, "results.json"), JSON.stringify(results));
  }
});
