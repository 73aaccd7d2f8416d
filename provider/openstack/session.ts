import { CloudAuthError, MalformedFactError } from "../errors";
import { endpointsOf, type Endpoint } from "./catalogue";
import type { Call } from "./cloud";
import { isSection } from "./cloudsFile";
import { exchange, WireError } from "./exchange";
import { parsed, refusal, unreachable } from "./refusal";
import { repeated } from "./repeat";
import { hostOf, type Settings } from "./settings";

export interface Token {
  readonly value: string;
  readonly endpoints: readonly Endpoint[];
}

export interface Timeouts {
  readonly callTimeoutSeconds: number;
  readonly totalTimeoutSeconds: number;
}

/** The one token that everything in this process uses for one set of credentials. It is asked for when it is first needed. */
export class Session {
  readonly #settings: Settings;
  #token: Promise<Token> | undefined;

  constructor(settings: Settings) {
    this.#settings = settings;
  }

  token(timeouts: Timeouts): Promise<Token> {
    if (this.#token === undefined) {
      const asked = issue(this.#settings, timeouts);
      this.#token = asked;
      // A failure is not kept: the next call asks again.
      asked.catch(() => {
        if (this.#token === asked) this.#token = undefined;
      });
    }
    return this.#token;
  }

  /** Another token than the one that was refused; calls that were refused together share one renewal. */
  async renewed(refused: Token, timeouts: Timeouts): Promise<Token> {
    const held = await this.token(timeouts);
    if (held !== refused) return held;
    if (!this.#settings.auth.renewable) {
      throw new CloudAuthError("token-expired", `${this.#settings.name}: the token that was given is refused, expired or revoked, and a token cannot be renewed with itself. Give a new one.`);
    }
    this.#token = undefined;
    return this.token(timeouts);
  }
}

const askForToken: Call = { service: "identity", method: "POST", path: "/auth/tokens" };

async function issue(settings: Settings, timeouts: Timeouts): Promise<Token> {
  const place = { cloud: settings.name, host: hostOf(settings.authUrl) };
  // A second token does no harm.
  const reply = await repeated({ ...timeouts, repeatable: true }, (left) => exchange({
    url: new URL(`${settings.authUrl}${askForToken.path}`),
    method: askForToken.method,
    headers: {},
    body: settings.auth.body,
    timeoutSeconds: Math.min(left, timeouts.callTimeoutSeconds),
    ca: settings.ca,
  })).catch((cause: unknown) => {
    throw cause instanceof WireError ? unreachable(askForToken, place, cause) : cause;
  });
  if (reply.status !== 201) throw refusal(askForToken, place, reply);
  const value = reply.headers["x-subject-token"];
  const body = parsed(reply.text);
  if (typeof value !== "string" || !isSection(body)) {
    throw new MalformedFactError("malformed-fact", `${settings.name}: ${place.host} answered like no Keystone: there is no token in its answer. See auth_url.`);
  }
  return { value, endpoints: endpointsOf(body.token) };
}
