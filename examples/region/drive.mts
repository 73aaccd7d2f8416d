// One stack per failure domain, so many at a time: `node drive.mts hosts.yml domain_a domain_b ...` (Node 24). Each run gives every domain one wave; a
// domain that fails, or that somebody else is busy with, keeps no other from its turn. Exit status 1 as long as one is not done.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { ConcurrentUpdateError, LocalWorkspace } from "@pulumi/pulumi/automation/index.js";

type Outcome = "ready" | "goes on with the next run" | "locked by another run" | "failed";

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    /** Domains at a time: each is an engine, a program and a provider. */
    parallel: { type: "string", default: "4" },
    /** Only says what would be done. */
    preview: { type: "boolean", default: false },
  },
});
const [inventory, ...domains] = positionals;
const lanes = Number(values.parallel);
if (inventory === undefined || domains.length === 0 || !Number.isInteger(lanes) || lanes < 1) throw new Error("node drive.mts [--parallel 4] [--preview] INVENTORY DOMAIN...");

/** One turn of one domain. The update takes the plan of its own preview and nothing else: --plan fails where a host has moved since. */
async function turn(domain: string): Promise<Outcome> {
  const kept = mkdtempSync(join(tmpdir(), "region-"));
  const plan = join(kept, "plan.json");
  const say = (text: string): void => void process.stdout.write(text.replace(/^(?=.)/gm, `${domain} | `));
  try {
    const stack = await LocalWorkspace.createOrSelectStack({ stackName: domain, workDir: import.meta.dirname });
    await stack.setAllConfig({ "region:inventory": { value: resolve(inventory as string) }, "region:group": { value: domain } });
    await stack.preview({ plan, diff: true, color: "never", onOutput: say });
    if (values.preview) return "goes on with the next run";
    const { outputs } = await stack.up({ plan, continueOnError: true, color: "never", onOutput: say });
    return outputs["ready"]?.value === true ? "ready" : "goes on with the next run";
  } catch (error) {
    say(`${error instanceof Error ? error.message : String(error)}\n`);
    return error instanceof ConcurrentUpdateError ? "locked by another run" : "failed";
  } finally {
    rmSync(kept, { recursive: true, force: true });
  }
}

// In an empty database the engine makes its table first, and two of them at the same moment fail ("failed to create table pulumi_state").
await (await LocalWorkspace.create({ workDir: import.meta.dirname })).listStacks();
const waiting = [...domains];
const outcomes = new Map<string, Outcome>();
async function lane(): Promise<void> {
  for (let domain = waiting.shift(); domain !== undefined; domain = waiting.shift()) outcomes.set(domain, await turn(domain));
}
await Promise.all(Array.from({ length: lanes }, lane));
for (const domain of domains) console.log(`${domain}: ${outcomes.get(domain)}`);
process.exitCode = [...outcomes.values()].every((one) => one === "ready" || (values.preview && one === "goes on with the next run")) ? 0 : 1;
