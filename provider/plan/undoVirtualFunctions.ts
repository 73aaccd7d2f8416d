import type { HostFacts, JournalledVirtual } from "../facts/hostFacts";
import { comparePciAddresses } from "../facts/pciAddress";
import { known } from "../facts/reading";
import { releaseSteps } from "./bindingReleased";
import { deviceAt } from "./card";
import type { Plan } from "./plan";
import type { Step } from "./step";
import * as target from "./target";
import { ALL_VIRTUAL_PATHS } from "./virtualBoot";
import { holdersOf } from "./virtualFindings";
import { OWNER, type VirtualFunctionsDesired } from "./virtualWish";

/** Seconds for all of one card: a driver that takes a GPU's functions away is slow. */
export const DEADLINE_SECONDS = 120;

/** Takes back what stands in the host's journal: numbers and types as they were, drivers that were changed, and our files. */
export function undoVirtualFunctions(facts: HostFacts, desired: VirtualFunctionsDesired): Plan {
  const files = facts.journal.files.filter((each) => ALL_VIRTUAL_PATHS.includes(each.path));
  const lines: Record<string, string> = {};
  const steps: Step[] = files.map(({ path }) => ({ kind: "restoreFile", path }));
  for (const file of files) {
    const edited = file.now !== file.written && file.now !== file.before;
    lines[target.file(file.path)] = edited ? "left as it is: it was edited since we wrote it" : file.before === "absent" ? "removed" : "put back as it was before us";
  }
  const taken = takenBack(facts, ours(facts), boundByUs(facts));
  const observed = files.length === 0 ? "nothing of ours at boot" : `at boot: ${files.map((each) => each.path).sort().join(", ")}`;
  if (taken.findings.length > 0) return { steps: [], lines: {}, observed, findings: taken.findings };
  for (const { address } of desired.physicalFunctions) {
    const count = known(deviceAt(facts, address)?.numVfs ?? { kind: "absent" }) ?? 0;
    const line = target.device(facts, address);
    if (count > 0 && !(line in taken.lines)) lines[line] = `its ${count} virtual functions stay until the next boot, which goes without us`;
  }
  return { steps: [...steps, ...taken.steps], lines: { ...lines, ...taken.lines }, observed, findings: [] };
}

/** Our entries of physical functions, and of virtual ones whose type we wrote. */
export function ours(facts: HostFacts): readonly JournalledVirtual[] {
  return (facts.journal.virtual ?? []).filter((each) => each.owner === OWNER);
}

/** Virtual functions whose driver alone we changed. */
export function boundByUs(facts: HostFacts): readonly string[] {
  return facts.journal.devices.filter((each) => each.owner === OWNER).map((each) => each.address);
}

/** Steps that put these entries back, drivers and types first, with what forbids it. */
export function takenBack(facts: HostFacts, entries: readonly JournalledVirtual[], bound: readonly string[]): Pick<Plan, "steps" | "lines" | "findings"> {
  const sorted = [...entries].sort((a, b) => comparePciAddresses(a.address, b.address));
  const [types, numbers] = [sorted.filter((each) => each.countBefore === ""), sorted.filter((each) => each.countBefore !== "")];
  const findings = numbers.flatMap((entry) => (isAsBefore(facts, entry) ? [] : (deviceAt(facts, entry.address)?.sriov?.functions ?? []).flatMap((each) => inUse(facts, each))));
  const lines = Object.fromEntries(numbers.map((entry) => {
    const now = known(deviceAt(facts, entry.address)?.numVfs ?? { kind: "absent" });
    const says = isAsBefore(facts, entry) ? `keeps its ${now} virtual functions, as before us` : `virtual functions ${now} -> ${entry.countBefore}, ${now === Number(entry.countBefore) ? "made anew with the drivers they had" : "as"} before us`;
    return [target.device(facts, entry.address), now === undefined ? "is not there any more" : says];
  }));
  const typed = types.filter(({ address }) => deviceAt(facts, address) !== undefined && !numbers.some((each) => known(deviceAt(facts, address)?.physicalFunction ?? { kind: "absent" }) === each.address));
  for (const { address, typeBefore } of typed) lines[target.device(facts, address)] = `vGPU type ${typeBefore} again, as before us`;
  for (const address of bound) {
    const before = facts.journal.devices.find((each) => each.address === address)?.driverBefore || "no driver";
    lines[target.device(facts, address)] ??= deviceAt(facts, address) === undefined ? "is not there any more" : `given back to ${before}`;
  }
  const addresses = [...types, ...numbers].map((each) => each.address);
  const held = [...types.map((each) => each.address), ...bound].flatMap((address) => inUse(facts, address));
  return { steps: [...releaseSteps(bound), ...(addresses.length === 0 ? [] : [{ kind: "releaseVirtualFunctions", addresses, deadlineSeconds: DEADLINE_SECONDS } as const])], lines, findings: [...findings, ...held] };
}

/** The agent looks at the same (host/agent/84-virtual-undo.sh, virtual_same). */
function isAsBefore(facts: HostFacts, { address, countBefore, functionsBefore }: JournalledVirtual): boolean {
  const device = deviceAt(facts, address);
  if (device === undefined) return true;
  const now = (device.sriov?.functions ?? []).map((each) => {
    const virtual = deviceAt(facts, each);
    return [each, ...[virtual?.driver, virtual?.driverOverride].map((of) => (of === undefined ? "-" : known(of) ?? "-"))].join(" ");
  });
  return known(device.numVfs) === Number(countBefore) && now.join("\n") === functionsBefore.join("\n");
}

function inUse(facts: HostFacts, address: string): Plan["findings"] {
  return holdersOf(facts, address).map(({ says, remedy }) => ({
    rule: "in-use-by-guest", severity: "refuse", addresses: [address], says: `${address} cannot be taken back: ${says}.`, remedy: `${remedy ?? "Shut that guest down or move it away"}, then try again.`,
  }));
}
