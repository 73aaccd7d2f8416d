/** An answer of an OpenStack API. */
export interface Answer {
  readonly status: number;
  readonly body: unknown;
}

export interface Credentials {
  /** Keystone, with /v3. */
  readonly authUrl: string;
  readonly username: string;
  readonly password: string;
  readonly projectName: string;
}

/**
 * Versions of Placement and Nova that are asked for. From Nova's 2.88 on, a list of hypervisors asks every host for its
 * uptime, which the fake driver does not know.
 */
const microversions = { "OpenStack-API-Version": "placement 1.39", "X-OpenStack-Nova-API-Version": "2.87" };

/** A signed-in user: a token, and requests with it. */
export class Api {
  private constructor(
    readonly token: string,
    private readonly catalog: ReadonlyMap<string, string>,
  ) {}

  static async signIn(credentials: Credentials): Promise<Api> {
    const domain = { id: "default" };
    const user = { name: credentials.username, password: credentials.password, domain };
    const auth = {
      identity: { methods: ["password"], password: { user } },
      scope: { project: { name: credentials.projectName, domain } },
    };
    const response = await fetch(`${credentials.authUrl}/auth/tokens`, {
      method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ auth }),
    });
    const token = response.headers.get("x-subject-token");
    if (token === null) throw new Error(`Keystone gives no token: ${response.status} ${await response.text()}`);
    const { token: granted } = (await response.json()) as { token: { catalog: { type: string; endpoints: { interface: string; url: string }[] }[] } };
    const urls = granted.catalog.map(({ type, endpoints }) => [type, endpoints.find((one) => one.interface === "public")?.url ?? ""] as const);
    return new Api(token, new Map([...urls, ["identity", credentials.authUrl]]));
  }

  /** Address of a service by its type (identity, compute, placement, network), from the catalog. */
  endpoint(type: string): string {
    const url = this.catalog.get(type);
    if (url === undefined || url === "") throw new Error(`The catalog has no ${type}.`);
    return url;
  }

  async request(method: string, type: string, path: string, body?: unknown): Promise<Answer> {
    const response = await fetch(`${this.endpoint(type)}${path}`, {
      method,
      headers: { "x-auth-token": this.token, "content-type": "application/json", ...microversions },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    const isJson = response.headers.get("content-type")?.includes("json") ?? false;
    return { status: response.status, body: isJson && text !== "" ? JSON.parse(text) : text };
  }

  /** The body of an answer below 300; everything else is an error with what the service said. */
  async must<T>(method: string, type: string, path: string, body?: unknown): Promise<T> {
    const answer = await this.request(method, type, path, body);
    if (answer.status < 300) return answer.body as T;
    throw new Error(`${method} ${type} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
  }
}
