import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from "node:http";
import { Agent as HttpsAgent, request as httpsRequest } from "node:https";

/** One request on the wire. fetch cannot be told a certificate authority, so this speaks node:https. */
export interface Exchange {
  readonly url: URL;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: unknown;
  readonly timeoutSeconds: number;
  /** PEM. */
  readonly ca: string | undefined;
}

export interface Reply {
  readonly status: number;
  readonly headers: IncomingMessage["headers"];
  readonly text: string;
}

/** The connection failed or took too long; `sent` is false when the request cannot have reached the service. */
export class WireError extends Error {
  constructor(readonly code: string, readonly sent: boolean, message: string) {
    super(message);
  }
}

/** Longer than the whole list of a region with ten thousand hypervisors. */
const mostBytes = 256 * 1024 * 1024;

/** Idle connections do not keep the process alive. */
const connections = { keepAlive: true, scheduling: "lifo" } as const;
const plain = new HttpAgent(connections);
const secured = new Map<string, HttpsAgent>();

function agentFor(url: URL, ca: string | undefined): HttpAgent {
  if (url.protocol !== "https:") return plain;
  const key = ca ?? "";
  const agent = secured.get(key) ?? new HttpsAgent({ ...connections, ...(ca === undefined ? {} : { ca }) });
  secured.set(key, agent);
  return agent;
}

const neverSent = new Set(["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN", "EHOSTUNREACH", "ENETUNREACH"]);

/** @throws WireError */
export function exchange(wanted: Exchange): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const body = wanted.body === undefined ? undefined : Buffer.from(JSON.stringify(wanted.body));
    const signal = AbortSignal.timeout(wanted.timeoutSeconds * 1000);
    const send = wanted.url.protocol === "https:" ? httpsRequest : httpRequest;
    const headers = { accept: "application/json", ...wanted.headers, ...(body === undefined ? {} : { "content-type": "application/json", "content-length": body.length }) };
    const request = send(wanted.url, { method: wanted.method, headers, agent: agentFor(wanted.url, wanted.ca), signal });
    const fail = (cause: NodeJS.ErrnoException): void => {
      const late = signal.aborted;
      const code = late ? "ETIMEDOUT" : cause.code ?? "EUNKNOWN";
      const certificate = /CERT|ALTNAME|SELF_SIGNED|UNABLE_TO/.test(code);
      reject(new WireError(code, !neverSent.has(code) && !certificate, late ? `no answer within ${wanted.timeoutSeconds} s` : `${cause.message || code}`));
    };
    request.once("error", fail);
    request.once("response", (response) => read(response, fail, resolve));
    request.end(body);
  });
}

function read(response: IncomingMessage, fail: (cause: NodeJS.ErrnoException) => void, done: (reply: Reply) => void): void {
  const parts: Buffer[] = [];
  let size = 0;
  response.on("data", (part: Buffer) => {
    size += part.length;
    if (size > mostBytes) response.destroy(new Error(`the answer is longer than ${mostBytes / 1024 / 1024} MiB`));
    else parts.push(part);
  });
  response.once("error", fail);
  response.once("aborted", () => fail(Object.assign(new Error("the answer broke off"), { code: "ECONNRESET" })));
  response.once("end", () => done({ status: response.statusCode ?? 0, headers: response.headers, text: Buffer.concat(parts).toString("utf8") }));
}
