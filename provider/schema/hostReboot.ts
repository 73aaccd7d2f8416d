import { z } from "zod";
import type { HostRebootDesired } from "../plan/hostReboot";
import { cloudSchema, computeHost } from "./cloud";
import { connectionSchema } from "./connection";
import { driverName, fields, listOf, oneOf, pciAddress, shown, text, wholeNumber } from "./fields";
import { argumentWish, kernelArgument } from "./kernelArgument";
import { parseWith } from "./report";
import type { ParseResult } from "./report";

function mapOf<V extends z.ZodType>(key: z.ZodString, value: V, what: string): z.ZodRecord<z.ZodString, V> {
  return z.record(key, value, { error: (issue) => (issue.code === "invalid_key" ? `"${String(issue.path?.at(-1) ?? "")}" is no key here: expected ${what}` : `expected a map of ${what}, found ${shown(issue.input)}`) });
}

const schema = fields({
  connection: connectionSchema.exactOptional(),
  arguments: listOf(argumentWish, "kernel arguments").default([]).describe("Arguments that must be on the running kernel's command line."),
  absentArguments: listOf(kernelArgument, "kernel arguments").default([]).describe("Arguments, as in KernelArguments.shouldNotExist, that must not be there."),
  drivers: mapOf(pciAddress, driverName, 'PCI address to driver: { "0000:65:00.0": "vfio-pci" }').default({}).describe("PCI address to the driver that the function must be running on."),
  policy: oneOf(["never", "whenNeeded"]).default("whenNeeded").describe('"whenNeeded" (default) reboots when something wanted is not running; "never" says what waits for a reboot and leaves it to you.'),
  guests: mapOf(text("a guest's name or UUID"), oneOf(["stops"]), 'guest to its fate: { "build-7": "stops" }').default({}).describe("Guests, by name or UUID, that the reboot may stop. Any other running guest is a refusal."),
  drain: fields({
    cloud: cloudSchema.default({}),
    computeHost,
    instances: mapOf(text("a server's name or id"), oneOf(["live-migrates", "cold-migrates", "stops"]), 'server to its fate: { "train-7": "stops" }').default({}).describe("Servers, by name or id, and what may happen to each before the reboot. Any other running server is a refusal."),
    deadlineSeconds: wholeNumber(30, 7200, "seconds").default(600).describe("Seconds for each server to be gone or stopped, and for nova-compute to be up again."),
  }).exactOptional().describe("Takes the host out of scheduling before the reboot and puts it back after it. Absent: the cloud is not asked."),
  deadlineSeconds: wholeNumber(30, 7200, "seconds").default(600).describe("Seconds from the order to reboot until the host has to answer from another boot."),
});

/** Inputs of HostReboot; never throws. */
export function parseHostReboot(inputs: unknown): ParseResult<HostRebootDesired> {
  return parseWith(schema, inputs);
}

export { schema as hostRebootSchema };
