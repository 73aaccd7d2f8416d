/** A service of the catalogue that this room speaks to. */
export type ServiceType = "identity" | "compute" | "placement";

export interface Call {
  readonly service: ServiceType;
  readonly method: "GET" | "PUT" | "POST" | "DELETE";
  /** Below the service's endpoint, with its query: "/os-services?binary=nova-compute". */
  readonly path: string;
  /** The lowest version that has what the call needs: "2.53". Not for identity. */
  readonly microversion?: string;
  readonly body?: unknown;
  /** Statuses that are an answer to be looked at, beside 2xx. Every other one is an error. */
  readonly accept?: readonly number[];
  /**
   * Doing it twice does no harm, so it is repeated after 429, 502, 503, 504 and broken connections.
   * Default: true for GET and PUT and DELETE, false for POST.
   */
  readonly repeatable?: boolean;
}

export interface Answer {
  readonly status: number;
  /** Parsed JSON; undefined where there is no body. */
  readonly body: unknown;
}

/** One cloud that was chosen by a CloudConnection: one token, renewed when it is refused, shared by everything in this process. */
export interface Cloud {
  /** For messages: `cloud "prod"`, or `keystone.example.org`. Never holds a secret. */
  readonly name: string;
  readonly region: string | null;
  /** Throws CloudUnreachableError, CloudAuthError, CloudConflictError (409), CloudRefusedError (any other status). */
  call(call: Call): Promise<Answer>;
  /** A GET that many hosts need at once: those who ask while one is under way share the next. Never older than the asking. */
  list(call: Call): Promise<Answer>;
}
