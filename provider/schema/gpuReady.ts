import { z } from "zod";
import type { GpuReadyDesired } from "../plan/gpuReadyMarks";
import { cloudSchema, computeHost, customTrait } from "./cloud";
import { connectionSchema } from "./connection";
import { fields, oneOf, shown, text } from "./fields";
import { verificationSchema } from "./iommuVerification";
import { parseWith } from "./report";
import type { ParseResult } from "./report";

const metadata = z.record(text("a key"), text("a text"), { error: (issue) => `expected a map of texts, found ${shown(issue.input)}` });

const schema = fields({
  connection: connectionSchema.exactOptional(),
  cloud: cloudSchema.default({}),
  computeHost,
  trait: z.union([customTrait, z.literal(false)], { error: (issue) => `expected a custom trait such as "CUSTOM_GPU_READY", or false for none, found ${shown(issue.input)}` })
    .default("CUSTOM_GPU_READY").describe("Custom trait that the host's resource provider carries while its cards are proven; false for none."),
  aggregate: text("an aggregate's name").exactOptional().describe("Aggregate that holds the host while its cards are proven. Other members are never touched."),
  createAggregate: fields({
    availabilityZone: text("an availability zone").exactOptional(),
    metadata: metadata.exactOptional(),
  }).exactOptional().describe("What an aggregate that does not exist yet is made with. Absent: it has to exist."),
  computeService: oneOf(["follows", "leave"]).default("leave").describe('"follows": nova-compute is disabled, with a reason, while the cards are not proven, and enabled again afterwards. "leave" (default): not touched.'),
  verification: verificationSchema,
}).refine((of) => of.trait !== false || of.aggregate !== undefined || of.computeService === "follows", {
  error: "nothing would say that the host is ready: give a trait, an aggregate, or computeService \"follows\".", path: ["trait"],
});

/** Inputs of GpuReady; never throws. */
export function parseGpuReady(inputs: unknown): ParseResult<GpuReadyDesired> {
  return parseWith(schema, inputs);
}

export { schema as gpuReadySchema };
