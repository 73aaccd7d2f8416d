import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable, Writable } from "node:stream";
import { pathToFileURL } from "node:url";
import { ensureChromium } from "./install";

export interface View {
  readonly width: number;
  readonly height?: number;
  readonly scheme?: "light" | "dark";
  readonly media?: "screen" | "print";
}

export interface BrowserPage {
  /** Value of an expression in the page, as JSON. */
  evaluate<T>(expression: string): Promise<T>;
  /** The page from its top, 4000 pixels at most, as PNG. */
  screenshot(): Promise<Buffer>;
  /** Any other call of the DevTools protocol. */
  call<T>(method: string, parameters?: object): Promise<T>;
  /** Addresses that the page asked for, its own included. */
  readonly requests: readonly string[];
  close(): Promise<void>;
}

export interface Browser {
  open(file: string, view: View): Promise<BrowserPage>;
  close(): Promise<void>;
}

interface Message {
  readonly id?: number;
  readonly sessionId?: string;
  readonly method?: string;
  readonly params?: { readonly request?: { readonly url: string } };
  readonly result?: unknown;
  readonly error?: { readonly message: string };
}

/** A real Chromium, spoken to over a pipe: no port, no network. */
export async function startBrowser(): Promise<Browser> {
  const { program, env } = await ensureChromium();
  const profile = mkdtempSync(join(tmpdir(), "gpuhost-chromium-"));
  const flags = ["--remote-debugging-pipe", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--no-first-run", "--disable-dev-shm-usage", `--user-data-dir=${profile}`];
  const child = spawn(program, flags, { env: { ...process.env, ...env }, stdio: ["ignore", "ignore", "pipe", "pipe", "pipe"] });
  let said = "";
  child.stderr?.setEncoding("utf8").on("data", (text: string) => (said = (said + text).slice(-2000)));
  const pipe = protocol(child.stdio[3] as Writable, child.stdio[4] as Readable);
  const gone = new Promise<void>((resolve) => child.once("close", () => resolve()));
  child.once("error", (error) => pipe.fail(error));
  void gone.then(() => pipe.fail(new Error(`Chromium ended: ${said}`)));
  return {
    open: (file, view) => openPage(pipe, file, view),
    async close() {
      child.kill("SIGKILL");
      await gone;
      rmSync(profile, { recursive: true, force: true });
    },
  };
}

type Protocol = ReturnType<typeof protocol>;

/** JSON messages that end with a zero byte, in both directions. */
function protocol(write: Writable, read: Readable) {
  const waiting = new Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>();
  const listeners = new Set<(message: Message) => void>();
  let failed: Error | undefined;
  let last = 0;
  let rest = "";
  write.on("error", () => undefined);
  read.setEncoding("utf8").on("data", (text: string) => {
    const parts = (rest + text).split("\0");
    rest = parts.pop() ?? "";
    for (const part of parts) {
      const message = JSON.parse(part) as Message;
      const one = message.id === undefined ? undefined : waiting.get(message.id);
      if (one === undefined) listeners.forEach((listener) => listener(message));
      else if (message.error === undefined) one.resolve(message.result);
      else one.reject(new Error(message.error.message));
      if (message.id !== undefined) waiting.delete(message.id);
    }
  });
  return {
    listeners,
    fail(error: Error): void {
      failed ??= error;
      for (const { reject } of waiting.values()) reject(error);
      waiting.clear();
    },
    call<T>(method: string, params: object = {}, sessionId?: string): Promise<T> {
      if (failed !== undefined) return Promise.reject(failed);
      const id = ++last;
      return new Promise<T>((resolve, reject) => {
        waiting.set(id, { resolve: resolve as (value: unknown) => void, reject });
        write.write(`${JSON.stringify({ id, method, params, ...(sessionId === undefined ? {} : { sessionId }) })}\0`);
      });
    },
  };
}

async function openPage(pipe: Protocol, file: string, { width, height = 900, scheme = "light", media = "screen" }: View): Promise<BrowserPage> {
  const { targetId } = await pipe.call<{ targetId: string }>("Target.createTarget", { url: "about:blank" });
  const { sessionId } = await pipe.call<{ sessionId: string }>("Target.attachToTarget", { targetId, flatten: true });
  const call = <T>(method: string, parameters: object = {}): Promise<T> => pipe.call<T>(method, parameters, sessionId);
  const requests: string[] = [];
  const loaded = new Promise<void>((resolve) => {
    pipe.listeners.add((message) => {
      if (message.sessionId !== sessionId) return;
      if (message.method === "Network.requestWillBeSent") requests.push(message.params?.request?.url ?? "");
      if (message.method === "Page.loadEventFired") resolve();
    });
  });
  await call("Network.enable");
  await call("Page.enable");
  await call("Emulation.setDeviceMetricsOverride", { width, height, deviceScaleFactor: 1, mobile: width < 600 });
  await call("Emulation.setEmulatedMedia", { media, features: [{ name: "prefers-color-scheme", value: scheme }] });
  await call("Page.navigate", { url: pathToFileURL(file).href });
  await loaded;
  return {
    call,
    requests,
    async evaluate<T>(expression: string) {
      const { result, exceptionDetails } = await call<{ result: { value: T }; exceptionDetails?: { text: string; exception?: { description?: string } } }>("Runtime.evaluate", { expression, returnByValue: true, awaitPromise: true });
      if (exceptionDetails !== undefined) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
      return result.value;
    },
    async screenshot() {
      const { cssContentSize: clip } = await call<{ cssContentSize: { width: number; height: number } }>("Page.getLayoutMetrics");
      const { data } = await call<{ data: string }>("Page.captureScreenshot", { format: "png", captureBeyondViewport: true, clip: { x: 0, y: 0, width: clip.width, height: Math.min(clip.height, 4000), scale: 1 } });
      return Buffer.from(data, "base64");
    },
    async close() {
      await pipe.call("Target.closeTarget", { targetId });
    },
  };
}
