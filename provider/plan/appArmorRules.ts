import { TEMPLATE, decide, guestPolicy } from "../facts/guestPolicy";
import type { HostFacts } from "../facts/hostFacts";
import type { Finding } from "../readiness/finding";
import { appArmorFindings } from "./appArmorFindings";
import { type Confinement, confinement, daemonIsConfined } from "./confinement";
import { type AppArmorRulesDesired, type Change, INCLUDE, OVERRIDE_PATHS, OWNER, type Override, POLICY, REATTACH, missingRules, overrideOf, ownedAsFound, ownedText, policyWithoutUs } from "./guestOverride";
import { packagedProfiles } from "./packagedProfiles";
import type { Plan } from "./plan";
import type { CheckAppArmor, Step } from "./step";
import * as target from "./target";

export type { AppArmorRulesDesired } from "./guestOverride";
export { undoAppArmorRules } from "./undoAppArmorRules";

/**
 * What is to be done so that a guest may open the VFIO container when its card comes back to it. Nothing of anybody else's is written over: rules go
 * to a file of ours, by the way this release has for that, and a packaged file changes only when it is named.
 */
export function planAppArmorRules(facts: HostFacts, desired: AppArmorRulesDesired): Plan {
  const where = confinement(facts);
  if (where.kind !== "apparmor") return elsewhere(where);
  const { libvirt } = facts.appArmor;
  const restored = packagedProfiles(facts, desired.restorePackaged);
  const change: Change = new Map(restored.files.map(({ path, text }) => [path.slice(POLICY.length + 1), text]));
  const without = policyWithoutUs(libvirt, change);
  const override = overrideOf(without);
  const rules = missingRules(without, desired.guestRules);
  const observed = observedOf(facts, desired);
  const found = { ...observed, findings: [...appArmorFindings(facts, { without, override, rules }), ...restored.findings, ...notConfined(facts)] };
  const refused = found.findings.some((finding) => finding.severity === "refuse");
  if (refused) return { steps: [], lines: {}, ...found };
  const work = new Work(facts);
  for (const { path, text, says } of restored.files) work.write(path, text, libvirt.hashes.get(path) ?? "absent", says);
  if (override !== undefined && rules.length > 0) addRules(work, facts, override, rules, change);
  work.takeBack(override !== undefined && rules.length > 0 ? override : undefined);
  const steps = work.steps(rules);
  if (steps.length > 0 && !libvirt.parser) return { steps: [], lines: {}, ...found, findings: [...found.findings, noParser] };
  return { steps, lines: work.lines, ...found };
}

/** Steps in their order, with the sentence for each file. */
class Work {
  readonly lines: Record<string, string> = {};
  readonly #candidates: CheckAppArmor["candidates"][number][] = [];
  readonly #changes: Step[] = [];
  readonly #profiles: string[] = [];

  constructor(private readonly facts: HostFacts) {}

  write(path: string, text: string, before: string, says: string): void {
    this.#candidates.push({ path, text });
    this.#changes.push({ kind: "writeFile", path, text, mode: "0644", before });
    this.lines[target.file(path)] = says;
    // What guests include is read when one starts; the profile of a program of the host's has to be loaded.
    if (!path.slice(POLICY.length + 1).includes("/")) this.#profiles.push(path);
  }

  addLine(path: string, line: string, before: string, says: string): void {
    this.#candidates.push({ path, line });
    this.#changes.push({ kind: "addLine", path, line, before });
    this.lines[target.file(path)] = says;
  }

  /** What an earlier wish, or an earlier release of the host, left of ours. */
  takeBack(override: Override | undefined): void {
    const kept = override === undefined ? [] : [override.owned, override.shared].map((path) => `${POLICY}/${path ?? ""}`);
    for (const { path } of this.facts.journal.files.filter((each) => each.owner === OWNER && OVERRIDE_PATHS.includes(each.path) && !kept.includes(each.path))) {
      this.#changes.push({ kind: "restoreFile", path });
      const what = path === OVERRIDE_PATHS[0] ? `the line "${INCLUDE}" goes, the rest stays` : "put back as it was before us";
      this.lines[target.file(path)] = `${what}: guests have these rules without it, or by another file`;
    }
  }

  steps(rules: readonly string[]): Step[] {
    if (this.#changes.length === 0) return [];
    const template = `${POLICY}/${TEMPLATE}`;
    const check: Step[] = this.#candidates.length === 0 ? [] : [{ kind: "checkAppArmor", template, candidates: this.#candidates, rules }];
    const reload: Step[] = this.#profiles.length === 0 ? [] : [{ kind: "reloadAppArmor", profiles: this.#profiles }];
    this.lines[target.host] = [
      ...(check.length > 0 ? [`before anything is written, apparmor_parser reads ${template} with all of it`] : []),
      ...(reload.length > 0 ? [`${this.#profiles.join(", ")} is loaded anew`] : []),
      "guests that run keep their rules until libvirt loads them anew, when a device is attached or they are started",
    ].join("; ");
    return [...check, ...this.#changes, ...reload];
  }
}

function addRules(work: Work, facts: HostFacts, override: Override, rules: readonly string[], change: Change): void {
  const { libvirt } = facts.appArmor;
  const path = `${POLICY}/${override.owned}`;
  const text = ownedText(rules);
  const found = ownedAsFound(facts, override.owned);
  const journalled = facts.journal.files.find((each) => each.path === path);
  if (found.text !== text) {
    const again = journalled === undefined || found.hash === journalled.written ? "" : found.kind === "none" ? "was removed, " : "was edited since we wrote it, ";
    work.write(path, text, found.hash, `${again}written: every guest gets ${rules.join(" ")}`);
  }
  if (override.shared === null || guestPolicy(libvirt, change).includes.has(override.owned)) return;
  const shared = `${POLICY}/${override.shared}`;
  const what = libvirt.texts.has(override.shared) ? "one line is added; the rest stays, whoever wrote it" : "made, with one line";
  work.addLine(shared, INCLUDE, libvirt.hashes.get(shared) ?? "absent", `${what}: ${INCLUDE}`);
}

/** From what stands on the host alone, ours included: so that it is the proof after an apply. */
function observedOf(facts: HostFacts, desired: AppArmorRulesDesired): Pick<Plan, "observed" | "outputs"> {
  const { libvirt } = facts.appArmor;
  const policy = guestPolicy(libvirt);
  const { allowed } = decide(policy, REATTACH.path, REATTACH.permissions);
  const reattachAllowed = allowed && policy.missing.length === 0 && policy.unread.length === 0;
  const lacking = missingRules(policy, desired.guestRules).filter((rule) => !rule.startsWith(`${REATTACH.path} `));
  const edited = libvirt.packaged.filter((each) => each.asShipped.kind !== "value" || !each.asShipped.value).map((each) => each.path);
  return {
    observed: [`re-attaching a card: ${reattachAllowed ? "allowed" : "not allowed"}`, ...(lacking.length > 0 ? [`guests lack ${lacking.join(" ")}`] : []), ...(edited.length > 0 ? [`not as shipped: ${edited.join(", ")}`] : [])].join("; "),
    outputs: { confinement: "apparmor", reattachAllowed },
  };
}

function elsewhere({ kind, says, reattachAllowed }: Confinement): Plan {
  const findings: Finding[] = kind === "unknown"
    ? [{ rule: "apparmor-not-read", severity: "refuse", addresses: [], says: `${says[0]?.toUpperCase() ?? ""}${says.slice(1)}.`, remedy: "Read the host as root, or allow sudo, then preview again." }]
    : reattachAllowed ? [] : [{ rule: "reattach-not-proven", severity: "warn", addresses: [], says: `Whether a guest may take its card back after a suspend or a cold snapshot was not proven: ${says}.`, remedy: "Try it once with a server that may be lost." }];
  return { steps: [], lines: kind === "unknown" ? {} : { [target.host]: `nothing to do: ${says}` }, observed: `guests are confined by: ${kind}`, findings, outputs: { confinement: kind, reattachAllowed } };
}

function notConfined(facts: HostFacts): Finding[] {
  if (daemonIsConfined(facts) !== false) return [];
  const off = facts.appArmor.libvirt.disabled.filter((name) => /^usr\.sbin\.(libvirtd|virtqemud)$/.test(name));
  return [{
    rule: "libvirt-profile-not-loaded", severity: "note", addresses: [],
    says: `No profile of libvirtd or virtqemud is loaded${off.length > 0 ? ` (turned off in /etc/apparmor.d/disable: ${off.join(", ")})` : ""}, and libvirt confines guests only while it is confined itself. The rules count from when it is.`,
    remedy: "Nothing, if that is meant.",
  }];
}

const noParser: Finding = {
  rule: "apparmor-parser-missing", severity: "refuse", addresses: [], says: "apparmor_parser is not installed, so new rules cannot be read with libvirt's template before they are written.",
  remedy: "Install the package apparmor, then preview again.",
};
