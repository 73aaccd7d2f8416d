import { z } from "zod";
import { conflicts } from "../flavor/conflicts";
import { extraSpecProblem } from "../flavor/extraSpec";
import type { GpuFlavorDesired } from "../flavor/gpuFlavor";
import { numaPolicies, pageSize, viommuModels } from "../flavor/knownSpecs";
import { groupName, resourceClassProblem, traitProblem } from "../flavor/placement";
import { misfit } from "../flavor/valueForm";
import { fields, listOf, oneOf, shown, text, textLike, wholeNumber } from "./fields";
import { parseWith } from "./report";
import type { ParseResult } from "./report";

/** The largest whole number that Nova's database keeps. */
const most = 0x7fffffff;
const yesNo = z.boolean({ error: (issue) => `expected true or false, found ${shown(issue.input)}` });

/** A map whose keys `problem` judges. */
function mapOf<V extends z.ZodType>(value: V, what: string, problem: (key: string) => string | undefined): z.ZodRecord<z.ZodString, V> {
  const key = z.string().check((context) => {
    const says = problem(context.value);
    if (says !== undefined) context.issues.push({ code: "custom", input: context.value, message: says });
  });
  return z.record(key, value, {
    error: (issue) => (issue.code === "invalid_key" ? issue.issues[0]?.message : `expected a map of ${what}, found ${shown(issue.input)}`),
  });
}

/** Nova's "name": printable, without space at its ends (nova/api/validation/parameter_types.py). */
const novaName = textLike(/^(?!\s)[^\0-\x1f\x7f]{1,255}(?<!\s)$/, "a name of 1 to 255 characters without space at its ends");
const alias = textLike(/^(?!\s)[^:,\0-\x1f\x7f]{1,256}(?<!\s)$/, 'an alias of [pci]alias, without ":" or ","');
const projectId = textLike(/^[0-9a-f]{32}$/, "a project's id, 32 hex digits (Nova takes no names: openstack project show NAME -f value -c id)");
const resources = mapOf(wholeNumber(0, most, "an amount"), "resource class to amount: { CUSTOM_GPU_A100: 1 }", resourceClassProblem).default({});
const traits = mapOf(oneOf(["required", "forbidden"]), 'trait to wish: { CUSTOM_GPU_READY: "required" }', traitProblem).default({});
const groupProblem = (name: string): string | undefined => (groupName.test(name) ? undefined : `"${name}" cannot tell a group apart: letters, digits, "_" and "-", 64 at most`);

const extraSpecs = z.record(z.string(), z.union([z.string(), z.number(), z.boolean()], { error: (issue) => `expected a text, a number or true or false, found ${shown(issue.input)}` }), {
  error: (issue) => `expected a map of extra spec to value: { "hw:cpu_policy": "dedicated" }, found ${shown(issue.input)}`,
}).check((context) => {
  for (const [name, value] of Object.entries(context.value)) {
    const says = extraSpecProblem(name, value);
    if (says !== undefined) context.issues.push({ code: "custom", input: value, path: [name], message: says });
  }
});

const schema = fields({
  name: novaName.exactOptional().describe("Name of the flavor in Nova. Default: the resource's."),
  description: text("a description").exactOptional().describe("What Nova shows beside the name."),
  vcpus: wholeNumber(1, most, "a number of CPUs"),
  ramMiB: wholeNumber(1, most, "MiB"),
  diskGiB: wholeNumber(0, most, "GiB").describe("Root disk; 0 for servers that boot from a volume."),
  ephemeralGiB: wholeNumber(0, most, "GiB").default(0),
  swapMiB: wholeNumber(0, most, "MiB").default(0),
  devices: listOf(fields({
    alias: alias.describe("Name in [pci]alias."),
    count: wholeNumber(1, 64, "a number of devices").default(1),
  }), "devices: { alias, count }").default([]).describe("Devices a server gets."),
  numaAffinityPolicy: oneOf(numaPolicies).exactOptional(),
  hideHypervisorId: yesNo.exactOptional(),
  lockedMemory: yesNo.exactOptional(),
  memPageSize: z.string({ error: (issue) => `expected a page size, found ${shown(issue.input)}` }).check((context) => {
    const says = misfit(pageSize, context.value);
    if (says !== undefined) context.issues.push({ code: "custom", input: context.value, message: says });
  }).exactOptional(),
  viommuModel: oneOf(viommuModels).exactOptional(),
  resources,
  traits,
  groups: mapOf(fields({ resources, traits }), 'group to { resources, traits }: { "1": { resources: { CUSTOM_GPU: 1 } } }', groupProblem).default({}),
  groupPolicy: oneOf(["isolate", "none"]).exactOptional(),
  extraSpecs: extraSpecs.default({}),
  projects: listOf(z.union([projectId, fields({ name: text("a name"), id: projectId })], {
    error: (issue) => `expected a project's id, 32 hex digits, or { name, id }, found ${shown(issue.input)}. Nova takes no names: openstack project show NAME -f value -c id`,
  }), "projects").default([]),
  sharedWithEveryProject: yesNo.default(false),
  aggregate: fields({
    name: novaName,
    availabilityZone: textLike(/^(?!\s)[^:\0-\x1f\x7f]{1,255}(?<!\s)$/, 'the name of an availability zone, without ":"').exactOptional(),
    metadata: z.record(z.string().regex(/^[a-zA-Z0-9_:. -]{1,255}$/), text("a text").max(255, { error: "is longer than the 255 characters that Nova keeps" }), {
      error: (issue) => (issue.code === "invalid_key" ? 'is no key of metadata: letters, digits, space and "-_:." are allowed, 255 at most' : `expected a map of text to text, found ${shown(issue.input)}`),
    }).default({}),
  }).exactOptional(),
}).superRefine((wish, context) => {
  for (const { path, says } of conflicts(wish)) context.addIssue({ code: "custom", path: [...path], message: says });
});

/** Arguments of GpuFlavor, outputs that are not known yet replaced by the engine's stand-in; never throws. */
export function parseGpuFlavor(inputs: unknown): ParseResult<GpuFlavorDesired> {
  return parseWith<GpuFlavorDesired>(schema, inputs);
}

export { schema as gpuFlavorSchema };
