import { createHash } from "node:crypto";
import { MalformedFactError } from "../errors";
import { chooseEndpoint } from "./catalogue";
import type { Answer, Call, Cloud } from "./cloud";
import type { CloudConnection } from "./connection";
import { exchange, WireError, type Reply } from "./exchange";
import { parsed, refusal, unreachable } from "./refusal";
import { repeated } from "./repeat";
import { SharedReads } from "./sharedReads";
import { Session, type Timeouts, type Token } from "./session";
import { hostOf, readSettings, type Settings } from "./settings";
import { Slots } from "../slots";

/** A fleet is read at once, and a control plane has a handful of workers for everybody. */
const mostCallsAtOnce = 12;

/** By a hash over everything that decides what a call does, so that hosts that name the same cloud share its token and reads. */
const open = new Map<string, OpenCloud>();

/**
 * The cloud that a connection names. Nothing is sent before the first call.
 * @throws CloudAuthError where the credentials are not to be found or not complete.
 */
export function openCloud(connection: CloudConnection): Cloud {
  const settings = readSettings(connection);
  const timeouts = { callTimeoutSeconds: connection.callTimeoutSeconds ?? 30, totalTimeoutSeconds: connection.totalTimeoutSeconds ?? 90 };
  const key = createHash("sha256").update(JSON.stringify([settings, timeouts])).digest("hex");
  const found = open.get(key) ?? new OpenCloud(settings, timeouts);
  open.set(key, found);
  return found;
}

class OpenCloud implements Cloud {
  readonly name: string;
  readonly region: string | null;
  readonly #settings: Settings;
  readonly #session: Session;
  readonly #timeouts: Timeouts;
  readonly #lists = new SharedReads<Answer>();
  readonly #slots = new Slots(mostCallsAtOnce);

  constructor(settings: Settings, timeouts: Timeouts) {
    this.name = settings.name;
    this.region = settings.region;
    this.#settings = settings;
    this.#session = new Session(settings);
    this.#timeouts = timeouts;
  }

  list(call: Call): Promise<Answer> {
    return this.#lists.read(`${call.service} ${call.path} ${call.microversion ?? ""}`, () => this.call(call));
  }

  async call(call: Call): Promise<Answer> {
    const token = await this.#session.token(this.#timeouts);
    const url = this.#urlOf(call, token);
    const place = { cloud: this.#settings.name, host: url.host };
    let reply = await this.#send(call, url, token, place);
    // A call that was refused for its token was not carried out, so any call may be made again.
    if (reply.status === 401) reply = await this.#send(call, url, await this.#session.renewed(token, this.#timeouts), place);
    const isFine = (reply.status >= 200 && reply.status < 300) || call.accept?.includes(reply.status);
    if (!isFine) throw refusal(call, place, reply);
    const body = parsed(reply.text);
    if (body === undefined && reply.text !== "" && reply.status < 300) {
      throw new MalformedFactError("malformed-fact", `${place.cloud}: ${hostOf(url.href)} answered ${call.method} ${call.path} with something that is not JSON. Is it the ${call.service} service?`);
    }
    return { status: reply.status, body };
  }

  async #send(call: Call, url: URL, token: Token, place: { readonly cloud: string; readonly host: string }): Promise<Reply> {
    const version: Record<string, string> = call.microversion === undefined ? {} : { "openstack-api-version": `${call.service} ${call.microversion}` };
    const patience = { repeatable: call.repeatable ?? call.method !== "POST", totalTimeoutSeconds: this.#timeouts.totalTimeoutSeconds };
    try {
      return await this.#slots.run(() => repeated(patience, (left) => exchange({
        url,
        method: call.method,
        headers: { "x-auth-token": token.value, ...version },
        body: call.body,
        timeoutSeconds: Math.min(left, this.#timeouts.callTimeoutSeconds),
        ca: this.#settings.ca,
      })));
    } catch (cause) {
      throw cause instanceof WireError ? unreachable(call, place, cause) : cause;
    }
  }

  #urlOf(call: Call, token: Token): URL {
    const settings = this.#settings;
    const named = call.service === "identity" ? settings.authUrl : settings.overrides[call.service] ?? chooseEndpoint(token.endpoints, call.service, settings);
    const base = named.replace(/\/+$/, "");
    // Some catalogues name Nova's root, of which /v2.1 is the version that knows microversions.
    const versioned = call.service === "compute" && !/\/v2/.test(base) ? `${base}/v2.1` : base;
    if (!URL.canParse(versioned)) throw new MalformedFactError("malformed-fact", `${settings.name}: the endpoint of the ${call.service} service is not a URL.`);
    return new URL(`${versioned}${call.path}`);
  }
}
