import { CloudAuthError, CloudConflictError, CloudRefusedError, CloudUnreachableError, type GpuhostError } from "../errors";
import type { Call } from "./cloud";
import { isSection } from "./cloudsFile";
import type { Reply, WireError } from "./exchange";

const serviceNames = { identity: "Keystone", compute: "Nova", placement: "Placement" } as const;

/** Code of the conflict that says: somebody else wrote to this provider since it was read. */
export const movedGeneration = "cloud-generation";

/** Code of a failure inside the service: whether the change was made is not known. */
export const failedInside = "cloud-failed";

/** Where a call went, for messages: the service and its host and port, the path without its query. */
export interface Place {
  readonly cloud: string;
  readonly host: string;
}

const whereOf = (call: Call, place: Place): string => `${place.cloud}: ${serviceNames[call.service]} at ${place.host}`;
const whatOf = (call: Call): string => `${call.method} ${call.path.replace(/\?.*$/, "")}`;
const writes = (call: Call): boolean => call.method !== "GET" && call.service !== "identity";

export function unreachable(call: Call, place: Place, cause: WireError): CloudUnreachableError {
  const meaning = !writes(call) ? "Nothing was changed by it." : cause.sent ? "Whether the change was made is not known: the next run reads it." : "Nothing was changed: the call never arrived.";
  const remedy = /CERT|ALTNAME|SELF_SIGNED|UNABLE_TO/.test(cause.code)
    ? "Its certificate is not one that is trusted here: name the authority in cacert."
    : "See whether the service runs and is reached from this machine.";
  return new CloudUnreachableError("cloud-unreachable", `${whereOf(call, place)} did not answer ${whatOf(call)}: ${cause.message}. ${meaning} ${remedy}`);
}

/** The error for a status that the call does not accept. */
export function refusal(call: Call, place: Place, reply: Reply): GpuhostError {
  const request = reply.headers["x-openstack-request-id"];
  const said = wordsOf(reply);
  const message = `${whereOf(call, place)} answered ${reply.status} to ${whatOf(call)}: ${said}${typeof request === "string" ? ` (${request})` : ""}`;
  switch (reply.status) {
    case 401:
      return new CloudAuthError("cloud-unauthorized", `${message}. ${unauthorised(call)}`);
    case 403:
      return new CloudAuthError("cloud-forbidden", `${message}. The credentials are good, but not for this: it needs the admin role, or a policy that lets this user do it.`);
    case 406:
      return new CloudRefusedError("cloud-too-old", `${message}. Version ${call.microversion ?? ""} of its API is needed.`);
    case 409:
      return new CloudConflictError(isCollision(reply) ? movedGeneration : "cloud-conflict", `${message}.`);
    case 429: case 502: case 503: case 504:
      return new CloudUnreachableError("cloud-busy", `${message}. ${call.repeatable === false ? "" : "It was tried several times. "}The service is overloaded or down; nothing more was asked of it.`);
    case 404:
      return new CloudRefusedError("cloud-not-found", `${message}.`);
    default:
      if (isCollision(reply)) return new CloudConflictError(movedGeneration, `${message}.`);
      return new CloudRefusedError(reply.status >= 500 ? failedInside : "cloud-refused", `${message}.`);
  }
}

/** Placement 16 answers 500 with these words where two writes of traits meet inside it, and 409 with its code where one comes later. */
function isCollision(reply: Reply): boolean {
  return reply.text.includes("placement.concurrent_update") || reply.text.includes("Another thread concurrently updated the resource provider data");
}

function unauthorised(call: Call): string {
  return call.service === "identity"
    ? "User, password or application credential, domain or project are not right, or it is expired or disabled."
    : "A token that Keystone has just given is refused: the service checks tokens against another Keystone, or cannot reach it.";
}

/** Nova puts its words into {"badRequest": {"message"}}, Placement into {"errors": [{"detail"}]}, Keystone into {"error": {"message"}}. */
function wordsOf(reply: Reply): string {
  const words = (of: unknown): string | undefined => (typeof of === "string" && of.trim() !== "" ? of.trim().replace(/\s+/g, " ") : undefined);
  const body = parsed(reply.text);
  if (!isSection(body)) return reply.text.trim() === "" ? "no reason given" : `"${reply.text.trim().replace(/\s+/g, " ").slice(0, 200)}"`;
  const errors: unknown = body.errors;
  const first: unknown = Array.isArray(errors) ? errors[0] : Object.values(body)[0];
  const found = isSection(first) ? words(first.detail) ?? words(first.message) ?? words(first.title) : words(first);
  return `"${(found ?? "no reason given").replace(/\.$/, "").slice(0, 600)}"`;
}

export function parsed(text: string): unknown {
  try {
    return text === "" ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}
