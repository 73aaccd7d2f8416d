import { hostFacts } from "../facts/assemble";
import { fingerprint } from "../readiness/fingerprint";
import { judge } from "../readiness/judge";
import { inspectJson } from "./inspectJson";
import { inspectTables } from "./inspectTables";
import { readPolicy } from "./policy";
import { readSource, type Source } from "./source";

export interface InspectOptions extends Source {
  readonly policy?: string;
  readonly expect?: string;
  readonly json?: boolean;
}

/** Prints the report of one host and returns the exit status. */
export async function inspect(options: InspectOptions): Promise<number> {
  const policy = readPolicy(options.policy);
  const read = await readSource(options);
  const facts = hostFacts(read.snapshot, read.hostKey);
  const report = judge(facts, policy);
  const print = fingerprint(facts, report);
  process.stdout.write(options.json === true ? `${JSON.stringify(inspectJson(facts, report, print), null, 2)}\n` : inspectTables(read.name, facts, report, print));
  if (options.expect === undefined || options.expect === print) return 0;
  process.stderr.write(`gpuhost: ${read.name}: the fingerprint is ${print}, not ${options.expect}: what readiness rests on has changed. Look at the report, then expect the new one.\n`);
  return 1;
}
