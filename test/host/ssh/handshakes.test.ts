import { mkdtempSync, rmSync } from "node:fs";
import type { Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { HostUnreachableError } from "../../../provider/errors";
import { mostHandshakes } from "../../../provider/host/ssh/handshakes";
import { openSshShell } from "../../../provider/host/ssh/openSshShell";
import { Slots } from "../../../provider/slots";
import { makeKey, type KeyPair } from "../../beds/sshd/keys";
import { ScriptedServer, type Behaviour } from "../../beds/sshd/scriptedServer";

let folder: string;
let key: KeyPair;
const servers: ScriptedServer[] = [];

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "gpuhost-in-turn-"));
  key = makeKey(join(folder, "key"));
});

afterEach(() => Promise.all(servers.splice(0).map((one) => one.dispose().catch(() => {}))));

afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function server(behaviour: Behaviour): Promise<ScriptedServer> {
  const started = await ScriptedServer.start(key, behaviour);
  servers.push(started);
  return started;
}

/** A server that greets, and says when a client has answered: the handshake has begun. */
const greets = (begun: (socket: Socket) => void) => (socket: Socket): void => {
  socket.write("SSH-2.0-Bed\r\n");
  socket.once("data", () => begun(socket));
};

const failure = (of: ScriptedServer): Promise<unknown> => openSshShell(of.connection(key)).then(() => "in", (cause: unknown) => cause);

/** A server that holds every handshake until it is released, and ends it and all later ones then. */
async function holding(): Promise<{ readonly of: ScriptedServer; readonly held: readonly Socket[]; release(): void }> {
  const held: Socket[] = [];
  let open = false;
  const of = await server({ onSocket: greets((socket) => (open ? socket.destroy() : void held.push(socket))) });
  return { of, held, release: () => ((open = true), held.forEach((socket) => socket.destroy())) };
}

test("so many handshakes as are allowed go on at once, and all have their turn", async () => {
  const { of, held, release } = await holding();
  const all = Array.from({ length: mostHandshakes * 2 + 5 }, () => failure(of));
  await expect.poll(() => held.length, { timeout: 60_000 }).toBe(mostHandshakes);
  await new Promise((resolve) => setTimeout(resolve, 200));
  expect(held).toHaveLength(mostHandshakes);
  release();
  for (const error of await Promise.all(all)) expect(error).toMatchObject({ code: "connection-dropped" });
});

test("hosts that accept and say nothing keep nobody waiting, however many they are", async () => {
  const silent = await server({ onSocket: () => {} });
  const honest = await server({});
  const dead = Array.from({ length: mostHandshakes * 2 }, () =>
    openSshShell(silent.connection(key, { connectTimeoutSeconds: 3 })).then(() => "in", (cause: unknown) => cause));
  const first = await Promise.race([...dead, openSshShell(honest.connection(key))]);
  expect(first).toMatchObject({ name: "127.0.0.1" });
  for (const error of await Promise.all(dead)) {
    expect(error).toBeInstanceOf(HostUnreachableError);
    expect(error).toMatchObject({ code: "connect-timeout", message: expect.stringContaining("it got as far as the SSH handshake") as string });
  }
});

test("a connection that is lost while it waits in line is an error of that host alone", async () => {
  const { of: slow, held, release } = await holding();
  const waiting: Socket[] = [];
  let begun = 0;
  const reset = await server({ onSocket: (socket) => (greets(() => begun++)(socket), void waiting.push(socket)) });
  const busy = Array.from({ length: mostHandshakes }, () => failure(slow));
  await expect.poll(() => held.length, { timeout: 60_000 }).toBe(mostHandshakes);
  const lost = failure(reset);
  await expect.poll(() => waiting.length, { timeout: 60_000 }).toBe(1);
  waiting[0]?.resetAndDestroy();
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(begun).toBe(0);
  // The server is gone for good, so that the second try finds nothing.
  await reset.dispose();
  release();
  expect(await lost).toMatchObject({ code: "connection-refused" });
  for (const error of await Promise.all(busy)) expect(error).toBeInstanceOf(HostUnreachableError);
});

test("who waits goes in the order of asking, also past work that fails", async () => {
  const line = new Slots(2);
  const ran: number[] = [];
  const all = Array.from({ length: 6 }, (_, at) => line.run(async () => {
    await new Promise((resolve) => setTimeout(resolve, 1));
    ran.push(at);
    if (at % 2 === 0) throw new Error(String(at));
  }).catch(() => {}));
  await Promise.all(all);
  expect(ran).toEqual([0, 1, 2, 3, 4, 5]);
});
