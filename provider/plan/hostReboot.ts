import { printArgument } from "../facts/commandLine";
import type { HostFacts, TrialBoot } from "../facts/hostFacts";
import { known } from "../facts/reading";
import { unmet } from "../facts/applyArguments";
import { spelled } from "../facts/argument";
import { trialPossible, whyNoTrial } from "./bootLoader";
import { wishText } from "./dropInFacts";
import { drainAfter, drainBefore, undoDrain, type DrainDesired } from "./drain";
import { cameBackWithout, runningGuests, unreadableBoot, untoldGuests } from "./hostRebootFindings";
import type { Plan } from "./plan";
import type { KeepTrialBoot, Step } from "./step";
import * as target from "./target";

export interface HostRebootDesired {
  /** Tokens that must be on the running kernel's command line. */
  readonly arguments: readonly string[];
  /** Tokens, as in KernelArguments.shouldNotExist, that must not. */
  readonly absentArguments: readonly string[];
  /** PCI address -> driver it must run on. */
  readonly drivers: Readonly<Record<string, string>>;
  readonly policy: "never" | "whenNeeded";
  /** Guests, by name or UUID, that may be stopped by the reboot. */
  readonly guests: Readonly<Record<string, "stops">>;
  /** Seconds from the order to reboot until the host has to answer from another boot. */
  readonly deadlineSeconds: number;
  /** Where servers of a cloud run here: what becomes of them. Absent: the cloud is not asked, and guests are told by `guests`. */
  readonly drain?: DrainDesired | undefined;
}

/** One thing that is wanted and does not run; `target` and `says` are a line of the plan. */
interface Missing {
  readonly target: string;
  readonly says: string;
  readonly short: string;
}

/**
 * Whether this host has to be rebooted, from what runs on it now. The steps are arm, reboot, keep: what comes after the reboot is planned anew from
 * facts read then, where `running as wanted` with a trial pending gives the one step keepTrialBoot.
 */
export function planHostReboot(facts: HostFacts, desired: HostRebootDesired): Plan {
  const missing = missingNow(facts, desired);
  const trial = known(facts.journal.trial);
  const observed = observedOf(desired, missing);
  const outputs = { running: missing.length === 0, waitsFor: missing.map((each) => each.short) };
  const unread = unreadableBoot(facts);
  if (unread.length > 0) return { steps: [], lines: {}, observed: "running: not known", findings: unread, outputs: { running: false, waitsFor: [] } };
  if (missing.length === 0) {
    const steps = trial === undefined ? [] : [keep(facts, trial)];
    const after = drainAfter(facts, desired.drain);
    const lines = { ...(trial === undefined ? {} : keepLine(desired)), ...after.lines };
    return { steps, cloud: after.steps, lines, observed, findings: [], outputs };
  }
  if (desired.policy === "never") return { steps: [], lines: waitingLines(missing), observed, findings: [], outputs };
  const drain = drainBefore(facts, desired.drain);
  const guests = { ...desired.guests, ...Object.fromEntries(drain.told.map((id) => [id, "stops" as const])) };
  const findings = [...drain.findings, ...cameBackWithout(facts, trial, missing.map((each) => each.short), { shouldExist: desired.arguments, shouldNotExist: desired.absentArguments, drivers: desired.drivers }), ...untoldGuests(facts, guests)];
  if (findings.length > 0) return { steps: [], lines: {}, observed, findings, outputs };
  return { steps: rebootSteps(facts, trial, missing), cloud: drain.steps, lines: { ...rebootLines(facts, desired, missing, drain.told), ...drain.lines }, observed, findings, outputs };
}

/** A reboot leaves nothing to undo, and an undo never reboots; a drain that a run did not bring to its end is taken back. */
export function undoHostReboot(facts: HostFacts, desired: HostRebootDesired): Plan {
  const { steps, lines, findings } = undoDrain(facts, desired.drain);
  return { steps: [], cloud: steps, lines, observed: "nothing of ours", findings };
}

/**
 * Of the arguments that do not run, those that the next boot would not bring either: with any, a reboot would be for nothing. Only
 * meaningful once the resources before this one have been applied.
 */
export function notStaged(facts: HostFacts, desired: HostRebootDesired): readonly string[] {
  const next = known(facts.journal.trial)?.arguments ?? known(facts.kernelCommandLine.nextBoot) ?? [];
  const { lacking, standing } = unmet(next, { shouldExist: desired.arguments, shouldNotExist: desired.absentArguments });
  return [...lacking, ...standing.map((item) => `not ${item}`)];
}

function missingNow(facts: HostFacts, desired: HostRebootDesired): Missing[] {
  const running = known(facts.kernelCommandLine.running) ?? [];
  const { lacking, standing } = unmet(running, { shouldExist: desired.arguments, shouldNotExist: desired.absentArguments });
  const drivers = Object.entries(desired.drivers).sort(([a], [b]) => (a < b ? -1 : 1)).filter(([address, driver]) => {
    const device = facts.pciDevices.find((each) => each.address === address);
    return device === undefined || known(device.driver) !== driver;
  });
  return [
    ...lacking.map((token) => ({ target: `reboot for ${token}`, says: "is not on the running command line", short: `${token} is not running` })),
    ...standing.map((token) => ({ target: `reboot against ${token}`, says: "is on the running command line", short: `${token} is running` })),
    ...drivers.map(([address, driver]) => ({ target: `reboot for ${address}`, says: `is not on ${driver}`, short: `${address} is not on ${driver}` })),
  ];
}

function observedOf(desired: HostRebootDesired, missing: readonly Missing[]): string {
  if (missing.length > 0) return missing.map((each) => each.short).join("; ");
  const wish = { shouldExist: desired.arguments, shouldNotExist: desired.absentArguments };
  const drivers = Object.entries(desired.drivers).sort(([a], [b]) => (a < b ? -1 : 1)).map(([address, driver]) => `${address} on ${driver}`);
  const parts = desired.arguments.length + desired.absentArguments.length > 0 ? [wishText(wish), ...drivers] : drivers;
  return `running: ${parts.join("; ") || "nothing asked for"}`;
}

function rebootSteps(facts: HostFacts, trial: TrialBoot | undefined, missing: readonly Missing[]): Step[] {
  const reboot: Step = { kind: "reboot", reason: missing.map((each) => each.short).join("; "), bootId: known(facts.system.bootId) ?? "" };
  return trial === undefined ? [reboot] : [{ kind: "armTrialBoot" }, reboot, keep(facts, trial)];
}

/** What the trial's entry has more and less than the default one: all that may change when it is kept. */
function keep(facts: HostFacts, trial: TrialBoot): KeepTrialBoot {
  const before = (known(facts.kernelCommandLine.nextBoot) ?? []).map(printArgument);
  const then = trial.arguments.map(printArgument);
  return { kind: "keepTrialBoot", adds: spelled(then.filter((token) => !before.includes(token))), removes: spelled(before.filter((token) => !then.includes(token))) };
}

function rebootLines(facts: HostFacts, desired: HostRebootDesired, missing: readonly Missing[], moved: readonly string[]): Record<string, string> {
  const lines: Record<string, string> = {};
  const trial = trialPossible(facts)
    ? "what is staged is tried for this one boot: a power cycle brings back what ran before"
    : `no trial is possible, because ${whyNoTrial(facts)}`;
  lines[target.host] = `reboot, once, answering again within ${desired.deadlineSeconds} s; ${trial}`;
  for (const each of missing) lines[each.target] = each.says;
  for (const guest of runningGuests(facts)) if (!moved.includes(guest.uuid)) lines[`guest ${guest.name}`] = "stops with the reboot, as told";
  return trialPossible(facts) ? { ...lines, ...keepLine(desired) } : lines;
}

/** The same sentence before the trial is staged, while it is, and after the boot: it is what was reviewed for all three. */
function keepLine(desired: HostRebootDesired): Record<string, string> {
  const wish = { shouldExist: desired.arguments, shouldNotExist: desired.absentArguments };
  const asked = desired.arguments.length + desired.absentArguments.length > 0 ? ` (${wishText(wish)})` : "";
  return { [target.bootEntries]: `what was on trial becomes the default once the host was seen running as wanted${asked}` };
}

function waitingLines(missing: readonly Missing[]): Record<string, string> {
  const lines: Record<string, string> = {
    [target.host]: "waits for a reboot that policy \"never\" leaves to you: grub-reboot gpuhost-trial (where an entry of that name is staged), then systemctl reboot, then `pulumi up` again",
  };
  for (const each of missing) lines[each.target] = each.says;
  return lines;
}
