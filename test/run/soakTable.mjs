// The table at the end of `npm run soak`: one row a fault, in the order in which they came.
import { existsSync, readFileSync } from "node:fs";

/** Rows as test/soak/results.ts writes them, one JSON object a line; none where the file is not there. */
export function rowsOf(file) {
  if (!existsSync(file)) return [];
  return readFileSync(file, "utf8").split("\n").filter(Boolean).map((line) => JSON.parse(line));
}

/** A Markdown table, so that it can be kept as it is. */
export function table(rows) {
  const cell = (value) => String(value).replaceAll("|", "\\|");
  const line = (cells) => `| ${cells.map(cell).join(" | ")} |`;
  return [
    line(["bed", "step", "fault", "the broken run", "the next run", "s"]),
    line(["---", "---", "---", "---", "---", "--:"]),
    ...rows.map(({ bed, step, fault, broken, next, seconds }) => line([bed, step, fault, broken, next, seconds])),
  ].join("\n");
}
