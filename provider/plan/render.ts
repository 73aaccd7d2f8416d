import type { Plan } from "./plan";

/** A plan as text, one line a target, then what was found: for terminals and golden files. The same plan gives the same text. */
export function renderPlan({ lines, later = {}, findings, observed }: Plan): string {
  const touched = [...Object.entries(lines), ...Object.entries(later).map(([target, says]) => [`later, ${target}`, says])].map(([target, says]) => `${target}: ${says}`);
  const found = findings.map(({ severity, rule, addresses, says, remedy }) => `${severity} ${[rule, ...addresses].join(" ")}: ${says} ${remedy}`);
  return [...(touched.length === 0 && found.length === 0 ? ["nothing to do"] : []), ...touched, ...found, `observed: ${observed}`].join("\n");
}
