import { randomBytes } from "node:crypto";
import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { cacheRoot } from "../cache";
import type { LabHost } from "../labHost";

/**
 * The one password of the control plane's users, made once and kept in the user's cache: a nova-compute in a saved state
 * has it in its memory, so that the control plane that it joins later must have the same.
 */
export function cloudPassword(): string {
  const file = join(dirname(cacheRoot()), "cloud-password");
  const own = `${file}.${process.pid}`;
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(own, randomBytes(16).toString("hex"), { mode: 0o600 });
  try {
    linkSync(own, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  } finally {
    rmSync(own);
  }
  return readFileSync(file, "utf8");
}

/** Puts the password into the host's nova.conf; nothing happens where one is there already. */
export async function tellPassword(host: LabHost, password: string): Promise<void> {
  await host.read("sed -i -f /dev/stdin /etc/nova/nova.conf", { input: `s/CLOUD_PASSWORD/${password}/\n` });
}
