import { appendFileSync } from "node:fs";
import type { EngineResult } from "../beds/engine/running";

/** One row of the table that `npm run soak` prints at its end. */
export interface Row {
  readonly bed: string;
  readonly step: string;
  readonly fault: string;
  /** How the run ended that the fault came into. */
  readonly broken: string;
  /** How the next ordinary run ended; "" where it was not reached. */
  readonly next: string;
  readonly seconds: number;
}

/** test/run/soak.mjs names the file; without it (vitest alone) nobody asks for a table. */
export function record(row: Row): void {
  const file = process.env["GPUHOST_SOAK_ROWS"];
  if (file !== undefined) appendFileSync(file, `${JSON.stringify(row)}\n`);
}

/** "finished", or the exit status and the sentence of the first resource that failed. */
export function inShort({ exitCode, stdout, stderr }: EngineResult): string {
  if (exitCode === 0) return "finished";
  const lines = `${stdout}\n${stderr}`.split("\n").map((line) => line.trim());
  // The engine puts "1 error occurred:" above the sentence, and "update failed" below all of them.
  const told = lines.filter((line) => /^\* |\berror: /.test(line) && !/errors? occurred:|update failed/.test(line));
  const sentence = (told[0] ?? "").replace(/^(\* |.*?\berror: )/, "");
  return `exit ${exitCode}: ${sentence.length > 90 ? `${sentence.slice(0, 87)}...` : sentence}`;
}
