import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import type { Cloud } from "../../provider/openstack/cloud";
import type { CloudConnection } from "../../provider/openstack/connection";
import { openCloud } from "../../provider/openstack/openCloud";
import { fakeCloud, type FakeCloud, type FakeOptions } from "./fakeCloud";

/** Never to be found in anything that is said. */
export const secret = "s3cr3t-of-the-admin";

/** A directory that goes with the test. */
export function directory(files: Readonly<Record<string, string>> = {}): string {
  const path = mkdtempSync(join(tmpdir(), "gpuhost-cloud-"));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(path, name), text);
  return path;
}

/** Sets environment variables until the test ends; every other OS_* is away meanwhile. */
export function environment(variables: Readonly<Record<string, string>>): void {
  const before = { ...process.env };
  for (const name of Object.keys(process.env).filter((one) => one.startsWith("OS_"))) delete process.env[name];
  Object.assign(process.env, variables);
  onTestFinished(() => {
    for (const name of Object.keys(process.env)) delete process.env[name];
    Object.assign(process.env, before);
  });
}

/** A fake cloud, opened through a clouds.yaml as a user would. */
export async function opened(options: FakeOptions = {}, connection: CloudConnection = {}): Promise<{ readonly fake: FakeCloud; readonly cloud: Cloud }> {
  const fake = await fakeCloud(options);
  onTestFinished(() => fake.close());
  const auth = `{ auth_url: ${fake.authUrl}, username: admin, password: ${secret}, project_name: admin }`;
  const path = directory({ "clouds.yaml": `clouds:\n  lab:\n    auth: ${auth}\n` });
  environment({ OS_CLIENT_CONFIG_FILE: join(path, "clouds.yaml") });
  return { fake, cloud: openCloud(connection) };
}

/** The error that a promise ends in. */
export async function errorOf(work: Promise<unknown>): Promise<Error> {
  const outcome = await work.then(() => undefined, (cause: unknown) => cause);
  if (outcome instanceof Error) return outcome;
  throw new Error("it did not fail");
}
