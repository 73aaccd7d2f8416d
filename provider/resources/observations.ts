import * as pulumi from "@pulumi/pulumi";
import { openHost } from "../controllers/hosts";
import { observeSettled } from "../controllers/observeSettled";
import { canonical } from "../controllers/record";
import type { HostFacts } from "../facts/hostFacts";
import type { Reading } from "../facts/reading";
import type { Connection } from "../host/connection";

/** Most hosts read at the same time by one program. */
const atOnce = 64;

/** Reads each host once in the life of this program, however many resources ask. */
export class Observations {
  private readonly made = new Map<string, Promise<HostFacts>>();
  private free = atOnce;
  private readonly waiting: (() => void)[] = [];

  of(connection: Connection): Promise<HostFacts> {
    const key = canonical(connection);
    const known = this.made.get(key);
    if (known !== undefined) return known;
    const reading = this.read(connection);
    this.made.set(key, reading);
    return reading;
  }

  /** Whether the host reaches an address; asked anew each time. */
  async reaches(connection: Connection, address: string, port: number): Promise<Reading<boolean>> {
    const host = await openHost(connection, { resolveSecret: stackSecretOfProgram });
    try {
      return await host.reaches(address, port);
    } finally {
      await host.close();
    }
  }

  private async read(connection: Connection): Promise<HostFacts> {
    if (this.free > 0) this.free -= 1;
    else await new Promise<void>((resolve) => this.waiting.push(resolve));
    try {
      const host = await openHost(connection, { resolveSecret: stackSecretOfProgram });
      try {
        const facts = await observeSettled(host, (line) => void pulumi.log.info(`${host.name}: ${line}`));
        // Texts in there are parts of all that was read, which would stay in memory as long as one of them: 1.6 MB a host instead of 0.5.
        return structuredClone(facts);
      } finally {
        await host.close();
      }
    } finally {
      const next = this.waiting.shift();
      if (next === undefined) this.free += 1;
      else next();
    }
  }
}

/** A stack-config secret by its name. `Config.get` would warn that a secret is read in the clear, which is what is meant here. */
function stackSecretOfProgram(name: string): string | undefined {
  const key = name.includes(":") ? name : `${pulumi.getProject()}:${name}`;
  return pulumi.runtime.getConfig(key);
}
