import type { CloudConnection } from "../facts/cloud/cloudConnection";
import type { z } from "zod";
import { fields, oneOf, text, textLike, wholeNumber } from "./fields";

export const cloudSchema: z.ZodType<CloudConnection> = fields({
  cloud: text("a cloud's name in clouds.yaml").exactOptional().describe("Name in clouds.yaml. Default: OS_CLOUD, else the OS_* variables, else the only cloud in the file."),
  region: text("a region's name").exactOptional().describe("Default: the cloud's own, else the only region there is."),
  interface: oneOf(["public", "internal", "admin"]).exactOptional().describe('Endpoints that are used. Default: the cloud\'s own, else "public".'),
  caCertificateFile: text("the path of a PEM file").exactOptional().describe("Authority that signed the endpoints' certificates."),
  callTimeoutSeconds: wholeNumber(1, 600, "seconds").exactOptional().describe("Seconds one call may take. Default 30."),
  totalTimeoutSeconds: wholeNumber(1, 3600, "seconds").exactOptional().describe("Seconds for one call with all its repetitions. Default 90."),
}).describe("Which cloud is spoken to. It holds no secret: credentials are read from clouds.yaml or the OS_* variables.");

/** Host column of `openstack compute service list`. */
export const computeHost = text("Nova's name for the host").exactOptional()
  .describe("Nova's name for the host, as `openstack compute service list` shows it. Default: the host's own name.");

/** Placement: custom traits and classes are CUSTOM_ and upper case, at most 255 characters. */
export const customTrait = textLike(/^CUSTOM_[A-Z0-9_]{1,248}$/, 'a custom trait such as "CUSTOM_GPU_READY" (CUSTOM_, then capitals, digits and _)');
