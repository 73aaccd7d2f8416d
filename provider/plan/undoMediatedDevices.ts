import type { HostFacts } from "../facts/hostFacts";
import { mdevBootPaths } from "./mdevBoot";
import { devicesInUse, goneProviders, namedParents, parentsInUse } from "./mdevInUse";
import { reserveLeftOver } from "./mdevPlacement";
import { devicesOf, oursOf, owner, type MediatedDevicesDesired } from "./mdevWishes";
import { askedOf, mdevDeadlineSeconds, parentTarget } from "./mediatedDevices";
import { novaCompute, novaDropInNow, novaDropInPath, restartIsDue, restartStep } from "./novaDropIn";
import type { Plan } from "./plan";
import type { Step } from "./step";
import * as target from "./target";

/** Takes our drop-in, our unit and our devices away, unless a guest has one of them. What Nova made stays until the next boot. */
export function undoMediatedDevices(facts: HostFacts, desired: MediatedDevicesDesired): Plan {
  const files = facts.journal.files.filter((file) => file.owner === owner).map(({ path }) => path);
  const path = files.find((file) => !mdevBootPaths.includes(file)) ?? novaDropInPath(novaCompute(facts), "nova-compute", "-mdev");
  const now = novaDropInNow(facts, path);
  const view = askedOf(facts, desired);
  const seen = view === undefined || "finding" in view ? undefined : view;
  const ours = oursOf(facts).map(({ uuid }) => uuid);
  const named = namedParents(now ?? []);
  const findings = [
    // What a guest holds is not known from a cloud that does not answer.
    ...(view !== undefined && "finding" in view && view.finding.rule === "cloud-not-read" && named.length > 0 ? [view.finding] : []),
    ...parentsInUse(facts, seen, named),
    ...devicesInUse(facts, ours),
  ];
  const observed = [now === undefined ? "no drop-in" : `${named.length} parents for Nova`, ...(ours.length === 0 ? [] : [`made by us: ${ours.join(", ")}`])].join("; ");
  if (findings.length > 0) return { steps: [], lines: {}, observed, findings };

  const boot = mdevBootPaths.filter((file) => files.includes(file));
  const cutOff = now === undefined && desired.types.length > 0 && restartIsDue(facts, owner);
  const steps: Step[] = [
    ...boot.map((file) => ({ kind: "restoreFile", path: file }) as const),
    ...ours.map((uuid) => ({ kind: "removeMediatedDevice", uuid, deadlineSeconds: mdevDeadlineSeconds }) as const),
    ...(now === undefined ? [] : [{ kind: "restoreFile", path } as const]),
    ...(now === undefined && !cutOff ? [] : [restartStep(desired.unit, "ends")]),
  ];
  const left = reserveLeftOver(seen, goneProviders(facts, seen?.root.name, now ?? [], []));
  const lines: Record<string, string> = {};
  for (const uuid of ours) lines[`mediated device ${uuid}`] = devicesOf(facts).some((device) => device.uuid === uuid) ? "taken away" : "is gone already; the note of it goes";
  for (const file of boot) lines[target.file(file)] = "removed, or put back as it was before us";
  for (const { type, parent } of named) lines[parentTarget(facts, parent)] = `no longer offered by Nova: ${type}; devices that Nova made stay until the next boot`;
  if (now !== undefined) lines[target.file(path)] = "removed, or put back as it was before us";
  if (now !== undefined || cutOff) lines[`service ${desired.unit}`] = "restarted, so that Nova no longer offers the types; running guests go on";
  return { steps, ...(left.steps.length === 0 ? {} : { cloud: left.steps }), lines: { ...lines, ...left.lines }, observed, findings };
}
