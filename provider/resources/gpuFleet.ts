import * as pulumi from "@pulumi/pulumi";
import { InputError } from "../errors";
import { announcement } from "../fleet/announcement";
import { hostState, type HostState } from "../fleet/hostState";
import type { Amount, FleetMember } from "../fleet/rollout";
import { courseOf, type Course } from "../fleet/turns";
import { parseRollout } from "../schema/rollout";
import { GpuHost, type GpuHostArgs } from "./gpuHost";
import { onlyKnown } from "./known";
import { dependsOnResources } from "./outputs";
import { currentRun } from "./program";
import { Unit, type Run } from "./run";

export interface FleetHostArgs extends GpuHostArgs {
  /** Where the host stands, by the names that `maxUnavailablePer` uses: { rack: "r12", aggregate: ["gpu", "a100"] }. */
  readonly domains?: Readonly<Record<string, string | readonly string[]>>;
}

export interface RolloutArgs {
  /** Hosts that go first, alone: their names, or the first so many in the order of `hosts`. 0: none. Default 1. */
  readonly canary?: number | readonly string[];
  /** Most hosts that may be away, or may have failed, at the same time: 3, or "10%" (rounded down, one at least). Default 1. */
  readonly maxUnavailable?: Amount;
  /** The same among hosts that share a domain: { rack: 1, zone: "20%" }. Default {}. */
  readonly maxUnavailablePer?: Readonly<Record<string, Amount>>;
  /** No further wave begins once so many hosts of the waves before failed or do not answer. Default 1. */
  readonly stopAfterFailures?: Amount;
  /** Seconds between the last thing done to a host of one wave and the beginning of the next wave. Default 0. */
  readonly soakSeconds?: number;
}

export interface GpuFleetArgs {
  /** Hosts by name, in the order in which they go (names that are whole numbers first, by size). Plain values: waves are decided before any resource is made. */
  readonly hosts: Readonly<Record<string, FleetHostArgs>>;
  /** How the fleet gets from one state to the next. Default: one host after the other. */
  readonly rollout?: RolloutArgs;
}

/**
 * Many hypervisors, changed in waves. Each run reads all hosts and gives the turn to one wave; a host of a later wave keeps what is on record
 * of it and says for which wave it waits. So every wave is seen in a preview of its own, and the next `pulumi up` goes on with the next one.
 * A host that is refused or does not answer holds up no other one of its wave.
 */
export class GpuFleet extends pulumi.ComponentResource {
  declare readonly hosts: Readonly<Record<string, GpuHost>>;
  /** True when every card of every host was proven ready. */
  declare readonly ready: pulumi.Output<boolean>;

  constructor(name: string, args: GpuFleetArgs, options?: pulumi.ComponentResourceOptions) {
    onlyKnown(`GpuFleet ${name}`, args, ["hosts", "rollout"]);
    if (dependsOnResources(args)) {
      throw new InputError("waits-for-resources", `GpuFleet ${name}: an argument is the output of another resource. Which host's turn it is is decided before any resource is made: write plain values.`);
    }
    super("gpuhost:index:GpuFleet", name, {}, options);
    const fleet = Object.entries(args.hosts).map(([host, { domains = {} }]): FleetMember => ({ name: host, domains: listed(domains) }));
    const parsed = parseRollout(args.rollout ?? {}, fleet);
    if ("errors" in parsed) throw new InputError("bad-rollout", parsed.errors.map(({ path, reason }) => `GpuFleet ${name}: rollout.${path}: ${reason}`).join("; "));

    const run = currentRun();
    const units = new Map<string, Unit>();
    let decided: Promise<Course> | undefined;
    const course = (): Promise<Course> => (decided ??= statesOf(run, units).then((states) => courseOf(fleet, states, parsed.rollout, Date.now() / 1000)));
    const hosts: Record<string, GpuHost> = {};
    for (const [host, { domains: _domains, ...rest }] of Object.entries(args.hosts)) {
      const unit = new Unit(async () => (await course()).waiting.get(host));
      units.set(host, unit);
      hosts[host] = new GpuHost(host, rest, { parent: this, unit });
    }
    run.announcements.push(() => course().then((of) => announcement(name, of)));
    const ready = pulumi.all(Object.values(hosts).map((host) => host.ready)).apply((all) => all.length > 0 && all.every((one) => one));
    Object.assign(this, { hosts, ready });
    this.registerOutputs({ ready });
  }
}

function listed(domains: NonNullable<FleetHostArgs["domains"]>): Record<string, readonly string[]> {
  return Object.fromEntries(Object.entries(domains).map(([domain, of]) => [domain, typeof of === "string" ? [of] : of]));
}

async function statesOf(run: Run, units: ReadonlyMap<string, Unit>): Promise<ReadonlyMap<string, HostState>> {
  return new Map(await Promise.all([...units].map(async ([host, unit]): Promise<[string, HostState]> => {
    const outcomes = await Promise.all(unit.members.map(async ({ kind, raw }) => {
      const proposal = await raw;
      return { kind, proposal: proposal?.proposal ?? "planned", verdict: proposal?.verdict, says: Object.values(proposal?.plan ?? {}).join(" ") };
    }));
    return [host, hostState(outcomes, await run.factsOf(unit).catch(() => undefined))];
  })));
}
