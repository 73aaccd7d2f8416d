import { expect as real } from "vitest";

/** What stands in for vitest in the tests that mutants.run.ts runs: it keeps them, so that each can be run as often as there are mutants. */
export const expect = real;

type Test = (...row: readonly never[]) => unknown;
type Row = readonly unknown[];

export const registered: { readonly name: string; readonly run: () => unknown }[] = [];
let around = "";

function add(name: string, run: Test, row: Row): void {
  registered.push({ name: `${around}${name}`, run: () => run(...(row as readonly never[])) });
}

function within(name: string, describeAll: Test, row: Row): void {
  const before = around;
  around += `${name} > `;
  describeAll(...(row as readonly never[]));
  around = before;
}

const rowsOf = (table: readonly unknown[]): Row[] => table.map((row) => (Array.isArray(row) ? (row as Row) : [row]));

export const test = Object.assign((name: string, run: Test) => add(name, run, []), {
  each: (table: readonly unknown[]) => (name: string, run: Test) => rowsOf(table).forEach((row, at) => add(`${name} ${at}`, run, row)),
});
export const it = test;
export const describe = Object.assign((name: string, describeAll: Test) => within(name, describeAll, []), {
  each: (table: readonly unknown[]) => (name: string, describeAll: Test) => rowsOf(table).forEach((row, at) => within(`${name} ${at}`, describeAll, row)),
});
