import type { HostFacts } from "../facts/hostFacts";
import { known } from "../facts/reading";
import { Redaction } from "../host/redact";
import type { HostModel, ReadHost } from "../report/model";

/**
 * A report without what a recording leaves out: serial numbers and UUIDs of disks, MAC and IP addresses, guests' names. What people call the host
 * stays, because they named it for this report.
 */
export function withoutIdentities(model: ReadHost, facts: HostFacts): ReadHost {
  const redact = new Redaction(undefined);
  const guests = (known(facts.guests) ?? []).map((guest) => guest.name).filter((name) => name !== "").sort((a, b) => b.length - a.length);
  const text = (of: string): string => redact.text(guests.reduce((said, name, index) => said.replaceAll(`guest ${name}`, () => `guest-${index + 1}`), of));
  return { ...(deep(model, text) as ReadHost), name: model.name, policy: model.policy, fingerprint: model.fingerprint };
}

/** Why a host could not be read, without the addresses that an error names for whoever ran the command; the host's own name stays. */
export function withoutAddresses(model: HostModel): HostModel {
  if (!("unread" in model)) return model;
  const redact = new Redaction(undefined);
  return { ...model, unread: model.name === "" ? redact.text(model.unread) : model.unread.split(model.name).map((part) => redact.text(part)).join(model.name) };
}

function deep(of: unknown, text: (of: string) => string): unknown {
  if (typeof of === "string") return text(of);
  if (Array.isArray(of)) return of.map((each) => deep(each, text));
  return of !== null && typeof of === "object" ? Object.fromEntries(Object.entries(of).map(([key, each]) => [key, deep(each, text)])) : of;
}
