// What `npm run mutants` found, as docs/mutation-run.md has it.

const outcomes = ["killed", "timed out", "survived", "not reached", "left out"];
const short = (file) => file.replace(/^provider\/readiness\//, "");

/** One row a file, without those in which there is nothing to change, and one for all. */
export function mutantsTable(mutants) {
  const files = [...new Set(mutants.map(({ file }) => file))];
  const rows = files.map((file) => [short(file), countsOf(mutants.filter((mutant) => mutant.file === file))]);
  return [`| file | ${outcomes.join(" | ")} | score |`, `|---|${"--:|".repeat(outcomes.length + 1)}`, ...[...rows, ["all", countsOf(mutants)]].map(line)].join("\n");
}

function countsOf(mutants) {
  return outcomes.map((outcome) => mutants.filter((mutant) => mutant.outcome === outcome).length);
}

/** Of the mutants that count: what is left out never ran. */
function line([name, counts]) {
  const [killed, timedOut, survived, notReached] = counts;
  const valid = killed + timedOut + survived + notReached;
  return `| ${name} | ${counts.join(" | ")} | ${valid === 0 ? "" : `${((100 * (killed + timedOut)) / valid).toFixed(1)} %`} |`;
}

/** One line each, with the place and what was put there. */
export function survivors(mutants) {
  return mutants.filter(({ outcome }) => outcome === "survived" || outcome === "not reached").map(({ file, location, mutator, original, replacement, outcome }) =>
    `${short(file)}:${location.start.line + 1}:${location.start.column + 1} ${mutator}, ${outcome}: ${oneLine(original)} -> ${oneLine(replacement)}`);
}

function oneLine(code) {
  const text = code.replace(/\s+/g, " ");
  return text.length > 100 ? `${text.slice(0, 100)}...` : text;
}
