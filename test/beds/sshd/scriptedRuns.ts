import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll } from "vitest";
import type { Connection } from "../../../provider/host/connection";
import { openSshShell } from "../../../provider/host/ssh/openSshShell";
import type { ShellLimits, ShellResult } from "../../../provider/host/shell";
import type { KeyPair } from "./keys";
import { makeKey } from "./keys";
import type { Behaviour } from "./scriptedServer";
import { ScriptedServer } from "./scriptedServer";

export interface Attempt {
  readonly limits?: Partial<ShellLimits>;
  readonly connection?: Partial<Connection>;
  readonly script?: string;
}

/** Registers the hooks of a test file whose tests each run one script on a server that behaves as they say. */
export function scriptedRuns(): (behaviour: Behaviour, attempt?: Attempt) => Promise<ShellResult> {
  let folder: string;
  let hostKey: KeyPair;
  let identity: KeyPair;
  let server: ScriptedServer | undefined;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "gpuhost-scripted-"));
    hostKey = makeKey(join(folder, "host"));
    identity = makeKey(join(folder, "client"));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  afterEach(async () => {
    await server?.dispose();
    server = undefined;
  });
  return async (behaviour, { limits = {}, connection = {}, script = "true" } = {}) => {
    server = await ScriptedServer.start(hostKey, behaviour);
    const shell = await openSshShell(server.connection(identity, { connectTimeoutSeconds: 2, ...connection }));
    try {
      return await shell.run(script, { deadlineSeconds: 20, what: "reading facts", ...limits });
    } finally {
      await shell.close();
    }
  };
}

/** What a promise is rejected with; `undefined` when it is not. */
export const rejection = (promise: Promise<unknown>): Promise<Error | undefined> =>
  promise.then(
    () => undefined,
    (cause: Error) => cause,
  );
