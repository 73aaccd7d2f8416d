import { z } from "zod";
import { nearest } from "../facts/nearest";
import { fabrics, sharingModes } from "../readiness/deviceKnowledge";
import type { TrustLevel } from "../readiness/finding";
import { trustLevels, type GpuPolicy } from "../readiness/gpuPolicy";
import { rank, ruleNames, traitsOf } from "../readiness/ruleNames";
import { driverName, fields, listOf, oneOf, pciAddress, pciIds, shown, text, textLike } from "./fields";

export const trustLevel = oneOf(trustLevels);
const severity = oneOf(["refuse", "warn", "note"]);

/** A key that a schema has to hold as a list of all keys, so that an unknown one is told with the nearest. */
const severities = fields(Object.fromEntries(ruleNames.map((name) => [name, severity.exactOptional()])));

const rule = z.enum(ruleNames as [(typeof ruleNames)[number], ...typeof ruleNames], {
  error: ({ input }) => {
    const meant = typeof input === "string" ? nearest(input, ruleNames) : undefined;
    return `expected the name of a rule, found ${shown(input)}; ${meant === undefined ? "docs/inspect.md lists them" : `did you mean "${meant}"?`}`;
  },
});

const dayForm = /^\d{4}-\d\d-\d\d$/;
const day = textLike(dayForm, 'a day such as "2027-01-31"').refine((of) => !dayForm.test(of) || isDay(of), { error: (issue) => `there is no day ${String(issue.input)}` });

/** "2027-02-29" has the form of a day and is none. */
function isDay(of: string): boolean {
  const time = Date.parse(`${of}T00:00:00Z`);
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(of);
}

const answered = {
  reason: text("why").describe("Why it may pass: what was checked, or a ticket."),
  owner: text("who answers for it").describe("Who answers for it: a person or a team that can be asked."),
  expires: day.describe("The last day, in UTC, on which it counts: YYYY-MM-DD. From the next day on it refuses again."),
};

const device = fields({
  name: text("a name").exactOptional().describe("What people call it."),
  resetRisk: z.union([text("why"), z.literal(false)], { error: (issue) => `expected why its reset is not to be trusted, or false where it is known to work, found ${shown(issue.input)}` })
    .exactOptional().describe("Why a reset that the kernel lists is not to be trusted; false: it is known to work."),
  companions: listOf(pciIds, "ids").exactOptional().describe("Ids of the other functions that the card comes with."),
  fabric: oneOf(fabrics).exactOptional().describe("What joins it to other cards past PCIe."),
  wired: z.boolean({ error: (issue) => `expected true or false, found ${shown(issue.input)}` }).exactOptional().describe("Its board joins it to its neighbours, without switches; left out, a bridge on top may."),
  sharing: listOf(oneOf(sharingModes), "ways of sharing").exactOptional().describe("Ways in which the model can be given to guests at all."),
  variantDriver: driverName.exactOptional().describe('The vfio driver that it needs instead of vfio-pci, as its module is called: "nvgrace_gpu_vfio_pci".'),
});

/** gpu-policy.yaml, and the input `policy` of the resources that judge. */
export const policySchema = fields({
  trustLevel: trustLevel.exactOptional().describe('How much the guests trust each other. Default: "multi-tenant", the strictest.'),
  severities: fields(Object.fromEntries(trustLevels.map((level) => [level, severities.exactOptional()])) as Record<TrustLevel, z.ZodExactOptional<typeof severities>>)
    .exactOptional().describe("By trust level: what each rule does. Among strangers (multi-tenant) a rule can only be made stricter here."),
  lowered: listOf(fields({ rule: rule.describe("A rule about models and platforms; it says one step less on all hosts."), ...answered }), "lowered rules").exactOptional()
    .describe("Among strangers: rules that say one step less on all hosts, each with who answers for it and until when."),
  devices: z.record(pciIds, device, { error: (issue) => (issue.code === "invalid_key" ? `expected ids such as "10de:2330" or "10de:2330:10de:16c1", found ${shown(issue.input)}` : undefined) })
    .exactOptional().describe("What is known of models, by vendor:device or vendor:device:subvendor:subdevice; field by field before the built-in data."),
  exceptions: listOf(fields({
    host: text("a host's name").describe("The host as connection.host calls it (for gpuhost inspect: --host, or --name)."),
    address: pciAddress.describe("The card, or the other function that the finding names."),
    rule: rule.describe("The rule whose refusal may pass."),
    ...answered,
  }), "exceptions").exactOptional().describe("Refusals that do not count, each for one rule of one function on one host."),
}).superRefine((policy, context) => {
  for (const { path, message } of unfit(policy as GpuPolicy)) context.addIssue({ code: "custom", path, message });
});

interface Unfit {
  readonly path: PropertyKey[];
  readonly message: string;
}

/** What each part is allowed to say beyond its form; see docs/decisions/0014. */
function unfit({ severities: byLevel = {}, lowered = [], exceptions = [] }: GpuPolicy): Unfit[] {
  const found: Unfit[] = [];
  for (const level of trustLevels) {
    for (const [name, to] of Object.entries(byLevel[level] ?? {})) {
      const traits = traitsOf(name);
      if (traits === undefined || to === undefined || rank(to) >= rank(traits.worst)) continue;
      const path = ["severities", level, name];
      const ways = [...(traits.lowering === "judgement" ? ["name it in `lowered`"] : []), ...(traits.worst === "refuse" ? ["except it by host, address and rule in `exceptions`"] : [])];
      if (traits.lowering === "proof") found.push({ path, message: `${name} cannot be lowered: ${whyProof}` });
      else if (level === "multi-tenant") found.push({ path, message: `${name} is "${traits.worst}" among strangers and is not lowered here for all hosts: ${ways.join(", or ")}` });
    }
  }
  lowered.forEach(({ rule: name }, at) => {
    const traits = traitsOf(name);
    if (traits?.lowering !== "judgement" || traits.worst === "note") {
      const why = traits?.lowering === "proof" ? whyProof : traits?.lowering === "isolation" ? "it keeps guests apart, or the host running: except it by host, address and rule in `exceptions`" : "it is a note already";
      found.push({ path: ["lowered", at, "rule"], message: `${name} cannot be lowered for all hosts: ${why}` });
    }
    if (lowered.findIndex((other) => other.rule === name) !== at) found.push({ path: ["lowered", at, "rule"], message: `${name} is lowered twice: one step is all there is` });
  });
  exceptions.forEach(({ host, address, rule: name }, at) => {
    if (traitsOf(name)?.lowering === "proof") found.push({ path: ["exceptions", at, "rule"], message: `${name} cannot be excepted: ${whyProof}` });
    if (exceptions.findIndex((other) => other.host === host && other.address === address && other.rule === name) !== at) found.push({ path: ["exceptions", at], message: `${name} of ${address} on ${host} is excepted twice: which of the two counts would be a guess` });
  });
  return found;
}

const whyProof = "the kernel does not give the card to a guest then, or nothing was read that a verdict could rest on";
