import type { HostFacts } from "../facts/hostFacts";
import { effectiveNovaConfiguration } from "../facts/nova/effective";
import { cloudView, computeHostOf, type CloudSeen } from "./cloudHost";
import type { CloudStep } from "./cloudStep";
import { planIommuVerification } from "./iommuVerification";
import { exposedNow, novaPlacement } from "./novaExposure";
import { novaCompute, novaDropInNow, novaDropInPath, restartIsDue, restartLine, restartStep, sameAssignments, type NovaAssignment } from "./novaDropIn";
import { dropInLines, dropInStep } from "./novaDropInChange";
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
  const ordinary = novaPlan(facts, desired, seen, cards, path, wanted, now);
  const quarantine = quarantineOf({ facts, desired, seen, exposed, verification }, refuses ? [] : leavingQuarantine(facts, desired, path));
  const common = { observed, findings: [...judged, ...quarantine.findings], outputs: { ...outputs, quarantined: quarantine.waiting } };
  if (quarantine.closes || (refuses && quarantine.after.length > 0)) {
    const later = { ...quarantine.later, ...(refuses ? {} : ordinary.lines) };
    return { ...common, steps: quarantine.steps, cloud: quarantine.cloud, after: quarantine.after, lines: quarantine.lines, ...some(later), passes: quarantine.closes ? "closes" : "opens" };
  }
  if (refuses) return { ...common, steps: [], lines: {} };
  return {
    ...common, steps: ordinary.steps, cloud: [...ordinary.cloud, ...quarantine.cloud], after: quarantine.after, lines: { ...ordinary.lines, ...quarantine.lines }, ...some(quarantine.later),
    observed: `${observed}${ordinary.observed}`,
  };
}

const some = (later: Readonly<Record<string, string>>): Pick<Plan, "later"> => (Object.keys(later).length > 0 ? { later } : {});

/** The drop-in, the restart and the wait, as if nothing were in quarantine. */
function novaPlan(facts: HostFacts, desired: NovaPciDesired, seen: CloudSeen, cards: readonly NamedDevice[], path: string, wanted: readonly NovaAssignment[], now: readonly NovaAssignment[] | undefined):
  { readonly steps: readonly Step[]; readonly cloud: readonly CloudStep[]; readonly lines: Readonly<Record<string, string>>; readonly observed: string } {
  const written = !sameAssignments(now, wanted);
  const restart = written || restartIsDue(facts, owner);
  const placement = novaPlacement(facts, desired, seen, cards, restart);
  return {
    steps: [...(written ? [dropInStep(facts, path, wanted)] : []), ...(restart ? [restartStep(desired.unit, "starts")] : [])],
    cloud: placement.steps, observed: placement.observed,
    lines: { ...(written ? wantedLines(facts, desired, cards, path, wanted, now) : {}), ...(restart ? restartLine(desired.unit) : {}), ...placement.lines },
  };
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

/** What is new and what goes, each card, alias and option on a line of its own. */
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
  return { ...lines, ...dropInLines(path, wanted, now, {
    gains: ({ key }) => (key === "report_in_placement" ? "turned on: Nova cannot turn it off again on this host, and refuses to start with it off" : undefined),
    aliasGoes: "a server whose flavor asks for it is refused on this host", ours: new Set(["device_spec", "report_in_placement"]),
  }) };
}
