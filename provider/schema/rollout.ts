import { z } from "zod";
import type { FleetMember, Rollout } from "../fleet/rollout";
import { fields, listOf, shown, text } from "./fields";
import { parseWith } from "./report";
import type { FieldError } from "./report";

function amount(least: number, what: string): z.ZodType<number | `${number}%`> {
  const error = (issue: { readonly input?: unknown }): string => `expected ${what}, a whole number from ${least} on or a share from "1%" to "100%", found ${shown(issue.input)}`;
  const share = z.string({ error }).regex(/^(100|[1-9][0-9]?)%$/, { error }) as unknown as z.ZodType<`${number}%`>;
  return z.union([z.number({ error }).int({ error }).min(least, { error }), share], { error });
}

const hosts = "a number of hosts";
const names = listOf(text("a host's name"), "names of hosts").min(1, { error: "expected one name at least, or a number" });

const schema = fields({
  canary: z.union([z.number().int().min(0), names], { error: (issue) => `expected a number of hosts or their names, found ${shown(issue.input)}` }).default(1)
    .describe("Hosts that go first, alone: by name, or the first so many. 0: none. Default 1."),
  maxUnavailable: amount(1, hosts).default(1).describe('Most hosts of the fleet that may be away or have failed at the same time: 3, or "10%" (rounded down, one at least). Default 1.'),
  maxUnavailablePer: z.record(text("a domain's name"), amount(1, hosts), { error: (issue) => `expected a map of a domain to a number of hosts: { rack: 1 }, found ${shown(issue.input)}` }).default({})
    .describe("The same for the hosts that share a domain's value: { rack: 1, zone: \"20%\" }. Default {}."),
  stopAfterFailures: amount(1, hosts).default(1).describe('No further wave begins once so many hosts of the waves before failed or do not answer: 2, or "5%". Default 1.'),
  soakSeconds: z.number({ error: (issue) => `expected seconds, found ${shown(issue.input)}` }).int().min(0).max(30 * 86_400).default(0)
    .describe("Seconds between the last thing done to a host of one wave and the beginning of the next. Default 0."),
});

/** How a fleet is rolled out; never throws. A name that no host has, and a domain that no host says, are errors too. */
export function parseRollout(given: unknown, fleet: readonly FleetMember[]): { readonly rollout: Rollout } | { readonly errors: readonly FieldError[] } {
  const parsed = parseWith<Rollout>(schema, given);
  if ("errors" in parsed) return parsed;
  const { canary, maxUnavailablePer } = parsed.desired;
  const known = new Set(fleet.map(({ name }) => name));
  const domains = new Set(fleet.flatMap((member) => Object.keys(member.domains)));
  const errors = [
    ...(typeof canary === "number" ? [] : canary.flatMap((name, at) => (known.has(name) ? [] : [{ path: `canary[${at}]`, reason: `no host of the fleet is called "${name}"` }]))),
    ...Object.keys(maxUnavailablePer).flatMap((domain) => (domains.has(domain) ? [] : [{ path: `maxUnavailablePer.${domain}`, reason: `no host says its ${domain}: domains: { ${domain}: "..." }` }])),
  ];
  return errors.length > 0 ? { errors } : { rollout: parsed.desired };
}
