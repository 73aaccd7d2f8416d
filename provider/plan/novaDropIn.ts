import type { HostFacts, NovaService } from "../facts/hostFacts";
import { configurationArguments } from "../facts/oslo/fileOrder";
import { parseIni } from "../facts/oslo/iniFile";
import { sha256 } from "./hash";
import type { RestartService } from "./step";

/** One assignment of a drop-in of ours. */
export interface NovaAssignment {
  readonly section: "pci" | "filter_scheduler" | "devices" | `mdev_${string}` | `vgpu_${string}`;
  readonly key: string;
  readonly value: string;
}

const heading = "# Written by gpuhost, and rewritten by it: change the stack, not this file.\n";

/** The whole text: sections in the order in which they first occur, each once. */
export function novaDropInText(assignments: readonly NovaAssignment[]): string {
  const sections = [...new Set(assignments.map(({ section }) => section))];
  const body = sections.map((section) => `[${section}]\n${assignments.filter((one) => one.section === section).map(({ key, value }) => `${key} = ${value}\n`).join("")}`);
  return heading + body.join("\n");
}

/** What a drop-in of ours says now, its comments left out; undefined where there is none. */
export function novaDropInNow(facts: HostFacts, path: string): readonly NovaAssignment[] | undefined {
  const text = facts.nova.files.get(path);
  return text === undefined ? undefined : parseIni(text).assignments.map(({ section, key, value }) => ({ section: section as NovaAssignment["section"], key, value }));
}

export function sameAssignments(one: readonly NovaAssignment[] | undefined, other: readonly NovaAssignment[]): boolean {
  return novaDropInText(one ?? []) === novaDropInText(other) && (one !== undefined) === (other.length > 0);
}

/**
 * What a drop-in goes back to after `written` did not do: what it was before, but for a report_in_placement that Nova has acted on (`reported`), which it
 * does not start without any more (nova/compute/pci_placement_translator.py, ensure_tracking_was_not_enabled_before). Undefined: no file.
 */
export function assignmentsBack(before: readonly NovaAssignment[] | undefined, written: string, reported: boolean): readonly NovaAssignment[] | undefined {
  const isSwitch = ({ section, key }: { readonly section: string; readonly key: string }): boolean => section === "pci" && key === "report_in_placement";
  const stays = reported && parseIni(written).assignments.some(isSwitch) && before?.some(isSwitch) !== true;
  return stays ? [...(before ?? []), { section: "pci", key: "report_in_placement", value: "true" }] : before;
}

/** The running nova-compute. */
export function novaCompute(facts: HostFacts): NovaService | undefined {
  return (facts.nova.services ?? []).find(({ name }) => name === "nova-compute");
}

/**
 * Where a drop-in is read by this service: the directory its command line names last, else the default one that oslo.config looks into. `program` is
 * "nova-compute" for what only that one may read, "nova" for all of them. `part` tells the files of several resources apart.
 */
export function novaDropInPath(service: NovaService | undefined, program: "nova" | "nova-compute", part = program === "nova" ? "-alias" : ""): string {
  const named = configurationArguments(service?.args ?? []).filter(({ kind }) => kind === "argument-directory").at(-1);
  const directory = named?.path.replace(/\/+$/, "") ?? `/etc/nova/${program}.conf.d`;
  return `${directory}/90-gpuhost${part}.conf`;
}

/** sha256 of a drop-in as it would be there, for the precondition of a write: our own text, or "absent". */
export function novaDropInHash(facts: HostFacts, path: string): string {
  const journalled = facts.journal.files.find((file) => file.path === path)?.now;
  if (journalled !== undefined && journalled !== "unknown") return journalled;
  const now = novaDropInNow(facts, path);
  return now === undefined ? "absent" : sha256(novaDropInText(now));
}

/** An earlier run that was cut off between a file and the restart that reads it. */
export function restartIsDue(facts: HostFacts, owner: string): boolean {
  return facts.journal.transactions.some((one) => one.owner === owner && one.state === "interrupted");
}

export const restartStep = (unit: string, reading: "starts" | "ends"): RestartService => ({ kind: "restartService", unit, watchSeconds: 30, reading });

export const restartLine = (unit: string): Record<string, string> => ({
  [`service ${unit}`]: "restarted (it reads PCI options only when it starts; running guests go on) and watched for 30 s; if it ends, all is put back",
});
