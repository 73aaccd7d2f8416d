import type { HostFacts } from "../facts/hostFacts";
import { effectiveNovaConfiguration } from "../facts/nova/effective";
import { cloudView, computeHostOf } from "./cloudHost";
import { planIommuVerification } from "./iommuVerification";
import { exposedNow, novaPlacement } from "./novaExposure";
import { novaCompute, novaDropInHash, novaDropInNow, novaDropInPath, novaDropInText, restartIsDue, restartLine, restartStep, sameAssignments, type NovaAssignment } from "./novaDropIn";
import { novaPciFindings } from "./novaPciFindings";
import { leavingQuarantine, quarantineOf } from "./novaQuarantine";
import { addressOf, aliasValue, cardOf, deviceAt, deviceSpecValue, pci, type NamedDevice, type NovaPciDesired } from "./novaWishes";
import type { Plan } from "./plan";
import type { Step } from "./step";
import * as target from "./target";

export const owner = "NovaPci";

/**
 * One drop-in of nova-compute with an exact address for each card, a restart, and a wait until Nova and Placement show just that. A card that
 * Nova has and that is not proven any more is taken out of scheduling first, and nothing else is done then. What is refused does not keep it there.
 */
export function planNovaPci(facts: HostFacts, desired: NovaPciDesired): Plan {
  const view = cloudView(facts, computeHostOf(facts, desired.computeHost));
  const service = novaCompute(facts);
  const path = novaDropInPath(service, "nova-compute");
  const cards = desired.deviceSpecs.flatMap((spec): NamedDevice[] => {
    const device = deviceAt(facts, spec.address);
    return device === undefined ? [] : [{ spec, device }];
  });
  const now = novaDropInNow(facts, path);
  const wanted = wantedAssignments(facts, desired, cards, path, now);
  const verification = planIommuVerification(facts, desired.verification);
  const exposed = exposedNow(facts, desired.deviceSpecs.map(({ address }) => address));
  const outputs = { exposed: [...exposed], exposing: cards.map(({ spec }) => spec.address).filter((address) => !exposed.has(address)), file: path, quarantined: [] };
  const observed = `${wanted.length === 0 ? "no" : String(desired.deviceSpecs.length)} device_spec; ${observedOf(now)}; ${verification.observed}`;
  const seen = "finding" in view ? undefined : view;
  const judged = [...("finding" in view ? [view.finding] : []), ...novaPciFindings(facts, desired, { cards, service, path, wanted, now, seen })];
  if (seen === undefined) return { steps: [], lines: {}, observed, findings: judged, outputs };

  const refuses = judged.some(({ severity }) => severity === "refuse");
  const quarantine = quarantineOf({ facts, desired, seen, exposed, verification }, refuses ? [] : leavingQuarantine(facts, desired, path));
  const common = { observed, findings: [...judged, ...quarantine.findings], outputs: { ...outputs, quarantined: quarantine.waiting } };
  if (quarantine.closes || (refuses && quarantine.after.length > 0)) {
    return { ...common, steps: quarantine.steps, cloud: quarantine.cloud, after: quarantine.after, lines: quarantine.lines, passes: quarantine.closes ? "closes" : "opens" };
  }
  if (refuses) return { ...common, steps: [], lines: {} };
  const written = !sameAssignments(now, wanted);
  const restart = written || restartIsDue(facts, owner);
  const placement = novaPlacement(facts, desired, seen, cards, restart);
  const steps: Step[] = [
    ...(written ? [writeStep(facts, path, wanted)] : []),
    ...(restart ? [restartStep(desired.unit, "starts")] : []),
  ];
  const lines = { ...(written ? wantedLines(facts, desired, cards, path, wanted, now) : {}), ...(restart ? restartLine(desired.unit) : {}), ...placement.lines, ...quarantine.lines };
  return { ...common, steps, cloud: [...placement.steps, ...quarantine.cloud], after: quarantine.after, lines, observed: `${observed}${placement.observed}`, ...(quarantine.waiting.length > 0 ? { waits: true } : {}) };
}

function writeStep(facts: HostFacts, path: string, wanted: readonly NovaAssignment[]): Step {
  if (wanted.length === 0) return { kind: "restoreFile", path };
  return { kind: "writeFile", path, text: novaDropInText(wanted), mode: "0644", before: novaDropInHash(facts, path) };
}

/** An alias that another file already gives, word for word, is not given twice: Nova takes two of a name for a choice. */
function wantedAssignments(facts: HostFacts, desired: NovaPciDesired, cards: readonly NamedDevice[], path: string, now: readonly NovaAssignment[] | undefined): NovaAssignment[] {
  const elsewhere = effectiveNovaConfiguration(facts.nova, novaCompute(facts) ?? "nova-compute").alias.filter(({ file }) => file !== path).map(({ value }) => value);
  const aliases = desired.aliases.map((wish) => aliasValue(wish, cardOf(wish, cards))).filter((value) => !elsewhere.includes(value));
  return [
    ...cards.map(({ spec, device }) => pci("device_spec", deviceSpecValue(spec, device))),
    ...aliases.map((value) => pci("alias", value)),
    // Nova refuses to start on a host where it was on and is off: once in the file it stays there.
    ...(desired.reportInPlacement === true || now?.some(({ key, value }) => key === "report_in_placement" && value === "true") === true ? [pci("report_in_placement", "true")] : []),
  ];
}

function observedOf(now: readonly NovaAssignment[] | undefined): string {
  if (now === undefined) return "no drop-in";
  return now.map(({ key, value }) => `${key} = ${value}`).join("; ");
}

/** What is new, what goes and what stays, each card and alias on a line of its own. */
function wantedLines(facts: HostFacts, desired: NovaPciDesired, cards: readonly NamedDevice[], path: string, wanted: readonly NovaAssignment[], now: readonly NovaAssignment[] | undefined): Record<string, string> {
  const had = new Set((now ?? []).map(({ key, value }) => `${key} = ${value}`));
  const lines: Record<string, string> = {};
  for (const { spec, device } of cards) {
    const text = `device_spec = ${deviceSpecValue(spec, device)}`;
    if (!had.has(text)) lines[target.device(facts, spec.address)] = `offered to guests by Nova once a fresh read proves it: ${text}`;
  }
  for (const gone of (now ?? []).filter((one) => one.key === "device_spec" && !wanted.some(({ value }) => value === one.value))) {
    const address = addressOf(gone.value);
    if (address !== undefined && !desired.deviceSpecs.some((spec) => spec.address === address)) lines[target.device(facts, address)] = `no longer offered by Nova: device_spec = ${gone.value} goes`;
  }
  for (const { key, value } of wanted) {
    if (key === "alias" && !had.has(`alias = ${value}`)) lines[`alias ${nameOf(value)}`] = `alias = ${value}`;
    if (key === "report_in_placement" && !had.has("report_in_placement = true")) {
      lines["report_in_placement"] = "turned on: Nova cannot turn it off again on this host, and refuses to start with it off";
    }
  }
  const aliases = new Set(wanted.filter(({ key }) => key === "alias").map(({ value }) => nameOf(value)));
  for (const { section, key, value } of now ?? []) {
    if (key === "alias" && !aliases.has(nameOf(value))) lines[`alias ${nameOf(value)}`] = "goes: a server whose flavor asks for it is refused on this host";
    else if (!wanted.some((one) => one.key === key)) lines[`option [${section}]${key}`] = `goes: ${key} = ${value} was put into our file by somebody else`;
  }
  lines[target.file(path)] = wanted.length === 0 ? "removed: nothing is left in it" : now === undefined ? "written with the lines above" : "rewritten with the lines above; what is not named stays";
  return lines;
}

/** A value that somebody else put into our file may be anything: it is its own name then. */
function nameOf(value: string): string {
  try {
    return String((JSON.parse(value) as { readonly name?: unknown } | null)?.name);
  } catch {
    return value;
  }
}
