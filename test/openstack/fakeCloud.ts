import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/**
 * A Keystone, Nova and Placement that say what a test tells them to, for what a real control plane does not do when asked to: refuse a
 * token in the middle of a run, be busy twice and then answer, break a connection. What answers mean is shown on the real one.
 */
export interface FakeCloud {
  readonly authUrl: string;
  /** "GET /compute/v2.1/os-services", in the order of their coming; asking for a token is "POST /identity/v3/auth/tokens". */
  readonly requests: readonly string[];
  /** Bodies that came, beside `requests`. */
  readonly bodies: readonly unknown[];
  readonly headers: readonly IncomingMessage["headers"][];
  /** Tokens given so far; only the newest one is good. */
  readonly tokens: number;
  close(): Promise<void>;
}

export interface FakeReply {
  readonly status?: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** Breaks the connection without an answer, after the request was read. */
  readonly hangsUp?: boolean;
  /** Says nothing for so long. */
  readonly afterMilliseconds?: number;
}

export interface FakeOptions {
  /** Replies to "GET /compute/v2.1/os-services" one after the other; the last one stays. */
  readonly replies?: Readonly<Record<string, readonly FakeReply[]>>;
  /** How many requests a token is good for. Default: any number. */
  readonly requestsPerToken?: number;
  /** Replies to the request for a token, the last one stays. Default: a token. */
  readonly keystone?: readonly FakeReply[];
  readonly catalog?: (base: string) => unknown;
}

/** Two regions, and an internal endpoint that leads nowhere. */
function catalogOf(base: string): unknown {
  const endpoints = (path: string): unknown => [
    { interface: "public", region_id: "one", url: `${base}${path}` },
    { interface: "internal", region_id: "one", url: `http://127.0.0.1:9${path}` },
  ];
  return [{ type: "compute", endpoints: endpoints("/compute/v2.1") }, { type: "placement", endpoints: endpoints("/placement") }];
}

export async function fakeCloud(options: FakeOptions = {}): Promise<FakeCloud> {
  const requests: string[] = [];
  const bodies: unknown[] = [];
  const headers: IncomingMessage["headers"][] = [];
  const given = new Map<string, number>();
  let tokens = 0;
  let uses = 0;
  let base = "";

  const next = (key: string, replies: readonly FakeReply[]): FakeReply => {
    const at = given.get(key) ?? 0;
    given.set(key, at + 1);
    return replies[Math.min(at, replies.length - 1)] ?? { status: 404 };
  };
  const token = (): FakeReply => {
    tokens += 1;
    uses = 0;
    return { status: 201, headers: { "x-subject-token": `token-${tokens}` }, body: { token: { catalog: (options.catalog ?? catalogOf)(base) } } };
  };
  const answer = (request: IncomingMessage, key: string): FakeReply => {
    if (key === "POST /identity/v3/auth/tokens") {
      const told = options.keystone === undefined ? {} : next(key, options.keystone);
      return told.status === undefined && !told.hangsUp ? token() : told;
    }
    uses += 1;
    const isGood = request.headers["x-auth-token"] === `token-${tokens}` && uses <= (options.requestsPerToken ?? Infinity);
    return isGood ? next(key, options.replies?.[key] ?? []) : { status: 401, body: { error: { message: "The request you have made requires authentication." } } };
  };
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on("data", (part: Buffer) => parts.push(part));
    request.on("end", () => {
      const key = `${request.method} ${(request.url ?? "").replace(/\?.*$/, "")}`;
      requests.push(`${request.method} ${request.url}`);
      bodies.push(parts.length === 0 ? undefined : JSON.parse(Buffer.concat(parts).toString()));
      headers.push(request.headers);
      const reply = answer(request, key);
      setTimeout(() => say(response, reply), reply.afterMilliseconds ?? 0);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    authUrl: `${base}/identity/v3`,
    requests,
    bodies,
    headers,
    get tokens() {
      return tokens;
    },
    close: () => new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    }),
  };
}

function say(response: ServerResponse, reply: FakeReply): void {
  if (reply.hangsUp) return void response.destroy();
  response.writeHead(reply.status ?? 200, { "content-type": "application/json", ...reply.headers });
  response.end(reply.body === undefined ? "" : JSON.stringify(reply.body));
}
