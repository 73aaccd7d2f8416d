import type { HostFacts } from "../facts/hostFacts";
import { known } from "../facts/reading";
import type { Finding } from "../readiness/finding";
import { cloudView, computeHostOf, type CloudSeen, type CloudView } from "./cloudHost";
import { mdevBootFiles } from "./mdevBoot";
import { finding } from "./mdevFinding";
import { mdevFindings } from "./mdevFindings";
import { devicesInUse, goneParents, goneProviders, parentsInUse } from "./mdevInUse";
import { licenceFindings } from "./mdevLicence";
import { mdevNova, notOffered, type MdevNova } from "./mdevNova";
import { mdevNovaFindings } from "./mdevNovaFindings";
import { mdevPlacement, reserveLeftOver } from "./mdevPlacement";
import { devicesOf, oursOf, owner, parentAt, typeAt, type MediatedDevicesDesired } from "./mdevWishes";
import { novaDropInHash, novaDropInText, restartIsDue, restartStep, sameAssignments } from "./novaDropIn";
import { refused, type Plan } from "./plan";
import type { Step } from "./step";
import * as target from "./target";

export const mdevDeadlineSeconds = 60;

/**
 * Types for Nova: one drop-in of nova-compute that names every parent, a restart, and a wait until Nova and Placement show just that; Nova makes the
 * devices itself. Devices by name: made now, and at every boot by a unit of ours.
 */
export function planMediatedDevices(facts: HostFacts, desired: MediatedDevicesDesired): Plan {
  const nova = mdevNova(facts, desired);
  const view = askedOf(facts, desired);
  const seen = view === undefined || "finding" in view ? undefined : view;
  const removed = oursOf(facts).map(({ uuid }) => uuid).filter((uuid) => !desired.devices.some((wish) => wish.uuid === uuid));
  const findings: Finding[] = [
    ...(view !== undefined && "finding" in view ? [view.finding] : []),
    ...mdevFindings(facts, desired),
    ...(concernsNova(desired, nova) ? mdevNovaFindings(facts, desired, nova) : []),
    ...parentsInUse(facts, seen, goneParents(nova.now ?? [], nova.wanted)),
    ...devicesInUse(facts, removed),
    ...licenceFindings(facts, desired),
    ...(desired.types.length > 0 && desired.cloud === undefined ? [notAsked] : []),
  ];
  const base = { ...observedOf(facts, desired, nova), findings };
  if (refused({ steps: [], lines: {}, ...base })) return { steps: [], lines: {}, ...base };

  const written = !sameAssignments(nova.now, nova.wanted);
  const restart = written || (restartIsDue(facts, owner) && concernsNova(desired, nova));
  const boot = mdevBootFiles(facts, desired.devices);
  const making = desired.devices.filter(({ uuid }) => !devicesOf(facts).some((device) => device.uuid === uuid));
  const steps: Step[] = [
    ...removed.map((uuid) => ({ kind: "removeMediatedDevice", uuid, deadlineSeconds: mdevDeadlineSeconds }) as const),
    ...boot.steps,
    ...making.map(({ uuid, parent, type }) => ({ kind: "makeMediatedDevice", uuid, parent, type, deadlineSeconds: mdevDeadlineSeconds }) as const),
    ...(written ? [writeStep(facts, nova)] : []),
    ...(restart ? [restartStep(desired.unit, nova.wanted.length === 0 ? "ends" : "starts")] : []),
  ];
  const placement = seen === undefined ? undefined : mdevPlacement(facts, desired, seen, restart, nova.limits);
  const left = reserveLeftOver(seen, goneProviders(facts, seen?.root.name, nova.now ?? [], nova.wanted));
  const lines = {
    ...Object.fromEntries(removed.map((uuid) => [`mediated device ${uuid}`, "taken away: no longer asked for"])),
    ...Object.fromEntries(making.map(({ uuid, parent, type }) => [`mediated device ${uuid}`, `made: ${typeText(facts, parent, type)} of ${parent}`])),
    ...boot.lines,
    ...(written ? novaLines(facts, desired, nova) : {}),
    ...(restart ? { [`service ${desired.unit}`]: "restarted (it reads these options only when it starts; running guests go on) and watched for 30 s; if it ends, all is put back" } : {}),
    ...placement?.lines, ...left.lines,
  };
  const cloud = [...(placement?.steps ?? []), ...left.steps];
  return { steps, ...(cloud.length === 0 ? {} : { cloud }), lines, ...base, observed: `${base.observed}${placement?.observed ?? ""}` };
}

const notAsked: Finding = finding("placement-not-asked", "note", "No cloud is named, so whether Placement offers what the parents can make is not proven.", "Name one in `cloud` ({} for what OS_CLOUD and the OS_* variables say).");

/** Undefined: no cloud is to be asked. */
export function askedOf(facts: HostFacts, desired: MediatedDevicesDesired): CloudView | CloudSeen | undefined {
  return desired.cloud === undefined ? undefined : cloudView(facts, computeHostOf(facts, desired.computeHost));
}

/** Somebody without Nova has nothing of it to be judged. */
function concernsNova(desired: MediatedDevicesDesired, nova: MdevNova): boolean {
  return desired.types.length > 0 || nova.now !== undefined;
}

function writeStep(facts: HostFacts, { path, wanted }: MdevNova): Step {
  return wanted.length === 0 ? { kind: "restoreFile", path } : { kind: "writeFile", path, text: novaDropInText(wanted), mode: "0644", before: novaDropInHash(facts, path) };
}

/** "nvidia-35 (GRID M60-0B)". */
function typeText(facts: HostFacts, parent: string, type: string): string {
  const name = known(typeAt(facts, parent, type)?.name ?? { kind: "absent" });
  return name === undefined || name === type ? type : `${type} (${name})`;
}

function novaLines(facts: HostFacts, desired: MediatedDevicesDesired, { path, wanted, now }: MdevNova): Record<string, string> {
  const lines: Record<string, string> = {};
  for (const { type, parents, resourceClass = "VGPU", maxInstances } of desired.types) {
    for (const name of parents) {
      const most = maxInstances === undefined ? "" : `, ${maxInstances} at most on all its parents together`;
      lines[parentTarget(facts, name)] = `Nova makes ${typeText(facts, name, type)} of it for guests, as ${resourceClass}${most}`;
    }
  }
  for (const { type, parent } of goneParents(now ?? [], wanted)) lines[parentTarget(facts, parent)] ??= `no longer offered by Nova: ${type}; devices that Nova made stay until the next boot`;
  for (const { section, key, value } of now ?? []) {
    if (!wanted.some((one) => one.section === section && one.key === key)) lines[`option [${section}]${key}`] = `goes: ${key} = ${value}`;
  }
  lines[target.file(path)] = wanted.length === 0 ? "removed: nothing is left in it" : now === undefined ? "written with the lines above" : "rewritten with the lines above; what is not named stays";
  return lines;
}

export function parentTarget(facts: HostFacts, name: string): string {
  return parentAt(facts, name)?.address.kind === "absent" ? `parent ${name}` : target.device(facts, name);
}

/** How many a parent can make changes with every guest, so it is left out. */
function observedOf(facts: HostFacts, desired: MediatedDevicesDesired, nova: MdevNova): Pick<Plan, "observed" | "outputs"> {
  const lacking = notOffered(facts, desired.types, nova.offer);
  const made = desired.devices.map(({ uuid, parent, type }) => {
    const there = devicesOf(facts).find((device) => device.uuid === uuid);
    return `${uuid} ${there === undefined ? "is not there" : `is ${known(there.type) ?? "?"} of ${known(there.parent) ?? "?"}`} (${type} of ${parent})`;
  });
  const boot = mdevBootFiles(facts, desired.devices).standing ? "" : "not made at boot";
  const dropIn = nova.now === undefined ? "no drop-in" : nova.now.map(({ section, key, value }) => `[${section}]${key} = ${value}`).join("; ");
  const parts = [
    ...(desired.types.length > 0 || nova.now !== undefined ? [dropIn, ...(nova.offer.fault === undefined ? [] : [`nova-compute does not start: ${nova.offer.fault}`]), ...lacking.map((one) => `Nova does not offer ${one}`)] : []),
    ...made, ...(boot === "" ? [] : [boot]),
    ...oursOf(facts).filter(({ uuid }) => !desired.devices.some((wish) => wish.uuid === uuid)).map(({ uuid }) => `${uuid} is still there`),
  ];
  const offered = desired.types.flatMap(({ type, parents }) => parents.map((parent) => `${type} on ${parent}`)).filter((one) => !lacking.includes(one));
  return { observed: parts.join("; "), outputs: { offered, made: desired.devices.map(({ uuid }) => uuid).filter((uuid) => devicesOf(facts).some((device) => device.uuid === uuid)), file: nova.path } };
}
