/** Stack configuration as the engine hands it to `configure`: the one way by which its secrets reach this process. */
export interface StackConfig {
  get(key: string): string | undefined;
}

const none: StackConfig = { get: () => undefined };
let current: StackConfig = none;

export function configureWith(request: unknown): void {
  const config = (request as { config?: StackConfig } | undefined)?.config;
  if (config !== undefined) current = config;
}

/** Value of a stack-config key of the stack's own project; `undefined` when there is none. */
export function stackSecret(name: string): string | undefined {
  return current.get(name);
}

/**
 * Hosts declared gone are forgotten without being contacted. Two places say so: stack config `gpuhost:goneHosts`, a list of names, and
 * the environment variable GPUHOST_GONE_HOSTS, names separated by commas. `pulumi destroy` needs the second: the engine gives it the
 * configuration of the last `up`, not today's.
 */
export function declaredGone(host: string): boolean {
  return [...goneHosts(current.get("gpuhost:goneHosts")), ...goneHosts(process.env["GPUHOST_GONE_HOSTS"])].includes(host);
}

/** The commands by which a machine is declared gone. */
export function declareGone(host: string): string {
  return `GPUHOST_GONE_HOSTS=${host} pulumi up (or destroy), or for good: pulumi config set --path 'gpuhost:goneHosts[0]' ${host}`;
}

/** Reads a JSON list of names, or names separated by commas. */
export function goneHosts(text: string | undefined): readonly string[] {
  const trimmed = text?.trim() ?? "";
  if (trimmed === "") return [];
  if (!trimmed.startsWith("[")) return trimmed.split(",").map((name) => name.trim()).filter((name) => name !== "");
  try {
    const parsed: unknown = JSON.parse(trimmed);
    if (Array.isArray(parsed) && parsed.every((name) => typeof name === "string")) return parsed;
  } catch {
    // Said below, with the text.
  }
  throw new Error(`gpuhost:goneHosts must be a list of host names, for example ["host-7"]; it is: ${trimmed}`);
}
