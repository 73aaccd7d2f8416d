import { hostFacts } from "../facts/assemble";
import { known } from "../facts/reading";
import { today } from "../host/today";
import { fingerprint } from "../readiness/fingerprint";
import { judge } from "../readiness/judge";
import { sharing } from "../readiness/sharing/report";
import { inspectJson } from "./inspectJson";
import { inspectTables } from "./inspectTables";
import { dayOf, policyLine, policyOf, readPolicy } from "./policy";
import { readSource, type Source } from "./source";

export interface InspectOptions extends Source {
  readonly policy?: string;
  /** What the policy calls the host. Default: --host, else its own host name. */
  readonly name?: string;
  /** The day that exceptions are held against. Default: today in UTC. */
  readonly today?: string;
  readonly expect?: string;
  readonly json?: boolean;
}

/** Prints the report of one host and returns the exit status. */
export async function inspect(options: InspectOptions): Promise<number> {
  const readOn = options.today === undefined ? today() : dayOf(options.today);
  const whole = readPolicy(options.policy);
  const read = await readSource(options);
  const facts = { ...hostFacts(read.snapshot, read.hostKey), readOn };
  const host = options.name ?? options.host ?? known(facts.system.hostname) ?? "";
  const policy = policyOf(host, whole);
  const report = judge(facts, policy);
  const print = fingerprint(facts, report);
  const modes = sharing(facts, report, policy);
  process.stdout.write(options.json === true ? `${JSON.stringify(inspectJson(facts, report, print, modes), null, 2)}\n` : inspectTables(read.name, facts, report, print, modes, options.policy === undefined ? undefined : policyLine(options.policy, host, policy)));
  if (options.expect === undefined || options.expect === print) return 0;
  process.stderr.write(`gpuhost: ${read.name}: the fingerprint is ${print}, not ${options.expect}: what readiness rests on has changed. Look at the report, then expect the new one.\n`);
  return 1;
}
