import type { HostFacts } from "../facts/hostFacts";
import { type AppArmorRulesDesired, INCLUDE, OVERRIDE_PATHS, OWNER, POLICY } from "./guestOverride";
import type { Plan } from "./plan";
import type { Step } from "./step";
import * as target from "./target";

/** Takes back what stands in the host's own journal: our file, our one line in a shared one, and packaged files as they were before us. */
export function undoAppArmorRules(facts: HostFacts, _desired: AppArmorRulesDesired): Plan {
  const steps: Step[] = [];
  const lines: Record<string, string> = {};
  const files = facts.journal.files.filter((each) => each.owner === OWNER);
  // The line that leads to our file goes before the file does.
  const order = (path: string): number => (OVERRIDE_PATHS.includes(path) ? OVERRIDE_PATHS.indexOf(path) : OVERRIDE_PATHS.length);
  for (const file of [...files].sort((a, b) => order(a.path) - order(b.path) || (a.path < b.path ? -1 : 1))) {
    steps.push({ kind: "restoreFile", path: file.path });
    const edited = file.now !== file.written && file.now !== file.before;
    lines[target.file(file.path)] = file.path === OVERRIDE_PATHS[0]
      ? `the line "${INCLUDE}" goes, the rest stays`
      : edited ? "left as it is: it was edited since we wrote it" : file.before === "absent" ? "removed" : "put back as it was before us, which is not as shipped";
  }
  const profiles = files.map((each) => each.path).filter((path) => path.startsWith(`${POLICY}/`) && !path.slice(POLICY.length + 1).includes("/"));
  if (profiles.length > 0) {
    steps.push({ kind: "reloadAppArmor", profiles });
    lines[target.host] = `${profiles.join(", ")} is loaded anew`;
  }
  return { steps, lines, observed: files.length === 0 ? "nothing of ours" : `ours: ${files.map((each) => each.path).sort().join(", ")}`, findings: [] };
}
