import { z } from "zod";
import { fields, listOf, oneOf, pciAddress, pciIds, shown, text } from "./fields";
import { hostRebootSchema } from "./hostReboot";
import { kernelArgumentsSchema } from "./kernelArguments";
import { trustLevel } from "./policy";
import { fieldErrors, type FieldError } from "./report";
import { vfioBindingSchema } from "./vfioBinding";

interface Setting {
  /** Argument of a host in GpuFleet. */
  readonly field: string;
  readonly faults: (value: unknown) => readonly FieldError[];
}

const acknowledge = listOf(text('a reason such as "mount:/data"'), "reasons").exactOptional();
const cards = listOf(fields({ address: pciAddress, id: pciIds, acknowledge, members: listOf(pciAddress, "PCI addresses").exactOptional() }), "cards");
const name = text("a name");
const domains = z.record(text("a domain's name"), z.union([name, listOf(name, "names")], { error: (issue) => `expected a name or a list of names, found ${shown(issue.input)}` }), {
  error: (issue) => `expected a map of domains such as { rack: "r12" }, found ${shown(issue.input)}`,
});
const { shape: binding } = vfioBindingSchema;
const { shape: reboot } = hostRebootSchema;

function setting(field: string, schema: z.ZodType): Setting {
  return { field, faults: (value) => (schema.safeParse(value).error?.issues ?? []).flatMap(fieldErrors).map((fault) => hinted(fault, value)) };
}

/** Unquoted, 0000:41:00.0 is a number to base 60 in Ansible's YAML. */
function hinted(fault: FieldError, value: unknown): FieldError {
  const at = /(address|members|id)(\[\d+\])?$/.test(fault.path) && / found -?[\d.]+\.$/.test(fault.reason) && typeof value === "object";
  return at ? { ...fault, reason: `${fault.reason} Without quotes YAML takes some addresses for numbers: write them in quotes.` } : fault;
}

/** Variables of ours, by what a host in GpuFleet calls them. The policy is one file for all hosts and comes from none of them. */
export const settings: Readonly<Record<string, Setting>> = {
  gpuhost_cards: setting("cards", cards),
  gpuhost_by_ids: setting("byIds", binding.byIds),
  gpuhost_kernel_arguments: setting("kernelArguments", kernelArgumentsSchema),
  gpuhost_accept_group_members: setting("acceptGroupMembers", binding.acceptGroupMembers),
  gpuhost_driver: setting("driver", binding.driver),
  gpuhost_now: setting("now", binding.now),
  gpuhost_reboot: setting("reboot", oneOf(["never", "whenNeeded"])),
  gpuhost_guests: setting("guests", reboot.guests),
  gpuhost_reboot_deadline_seconds: setting("rebootDeadlineSeconds", reboot.deadlineSeconds),
  gpuhost_drain: setting("drain", reboot.drain),
  gpuhost_trust_level: setting("trustLevel", trustLevel),
  gpuhost_domains: setting("domains", domains),
};

export function settingOf(variable: string): Setting | undefined {
  return Object.hasOwn(settings, variable) ? settings[variable] : undefined;
}
