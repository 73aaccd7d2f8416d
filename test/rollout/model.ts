import { announcement } from "../../provider/fleet/announcement";
import type { HostState } from "../../provider/fleet/hostState";
import type { FleetMember, Rollout } from "../../provider/fleet/rollout";
import { courseOf, type Course } from "../../provider/fleet/turns";
import type { Engine } from "../../provider/rollout/drive";
import type { EngineEvent } from "../../provider/rollout/happening";

/** What becomes of a host each time that it is tried; the last one stays. */
export type Fate = "good" | "refused" | "dead" | "fails" | "fails once" | "not ready";

interface Host {
  readonly name: string;
  readonly fate: Fate;
  state: HostState["state"];
  touchedAt?: number;
  tries: number;
}

/**
 * A fleet whose hosts are one word each, behind an engine that speaks as the real one does: the real course is worked out from them in each
 * preview. What this claims of events, the recorded ones show; what it claims of hosts, test/engine/rolloutCommand.test.ts.
 */
export class ModelFleet implements Engine {
  now = 1_800_000_000;
  previews = 0;
  /** Hosts that were tried, in order, wave by wave. */
  readonly tried: string[][] = [];
  private readonly hosts: Host[];
  private readonly members: readonly FleetMember[];
  private course: Course | undefined;

  /** `ends` says after how many hosts of an update the engine is told to stop. */
  constructor(fates: readonly Fate[], private readonly rollout: Rollout, private readonly ends: { readonly inWave: number; readonly after: number; told(): void } | undefined = undefined) {
    this.hosts = fates.map((fate, at) => ({ name: `hv-${at + 1}`, fate, tries: 0, state: fate === "refused" ? "refused" : fate === "dead" ? "unreachable" : "pending" }));
    this.members = this.hosts.map(({ name }) => ({ name, domains: {} }));
  }

  async preview(onEvent: (event: EngineEvent) => void): Promise<undefined> {
    this.previews += 1;
    const states = new Map(this.hosts.map(({ name, state, touchedAt }) => [name, { state, says: state === "failed" ? "it failed" : "", touchedAt }]));
    this.course = courseOf(this.members, states, this.rollout, this.now);
    for (const host of this.hosts) onEvent({ resourcePreEvent: { planning: true, metadata: this.step(host, this.proposal(host)) } });
    const { says, warns } = announcement("region", this.course);
    onEvent({ diagnosticEvent: { message: `${says}\n`, severity: "info" } });
    if (warns !== undefined) onEvent({ diagnosticEvent: { message: `${warns}\n`, severity: "warning" } });
    return undefined;
  }

  async update(onEvent: (event: EngineEvent) => void): Promise<undefined> {
    const going = this.course!.going.map((name) => this.hosts.find((host) => host.name === name)!).filter((host) => this.proposal(host) === "planned");
    this.tried.push([]);
    for (const [at, host] of going.entries()) {
      if (this.ends?.inWave === this.tried.length && at === this.ends.after) {
        this.ends.told();
        break;
      }
      this.now += 60;
      this.attempt(host, onEvent);
    }
    return undefined;
  }

  private attempt(host: Host, onEvent: (event: EngineEvent) => void): void {
    const before = this.step(host, "planned");
    onEvent({ resourcePreEvent: { metadata: before } });
    this.tried.at(-1)!.push(host.name);
    host.tries += 1;
    host.touchedAt = this.now;
    const failed = host.fate === "fails" || (host.fate === "fails once" && host.tries === 1);
    host.state = failed || host.fate === "not ready" ? "failed" : "done";
    if (failed) onEvent({ resOpFailedEvent: { metadata: { ...before, new: { ...before.new, outputs: { status: "failed", says: `${host.name}: it failed` } } } } });
    else onEvent({ resOutputsEvent: { metadata: { ...before, new: { ...before.new, outputs: outputs(host) } } } });
  }

  private proposal({ name, fate, state }: Host): string {
    if (state === "refused" || state === "unreachable") return state;
    if (state === "done" || (state === "failed" && fate === "not ready")) return "converged";
    return this.course?.waiting.has(name) === true ? "waiting" : "planned";
  }

  private step(host: Host, proposal: string): NonNullable<EngineEvent["resourcePreEvent"]>["metadata"] {
    const plan = { host: proposal === "waiting" ? this.course!.waiting.get(host.name) : proposal === "refused" ? "refused (no-reset): no" : `${proposal}` };
    const type = "pulumi-nodejs:dynamic/gpuhost:IommuVerification";
    return {
      op: proposal === "converged" ? "same" : "update", type, urn: `urn:pulumi:dev::test::gpuhost:index:GpuFleet$gpuhost:index:GpuHost$${type}::${host.name}`,
      old: { custom: true, outputs: host.tries > 0 ? outputs(host) : {} },
      new: { custom: true, inputs: { connection: { host: host.name }, proposal, plan }, outputs: {} },
    };
  }
}

function outputs({ fate }: Host): Record<string, unknown> {
  return fate === "not ready" ? { status: "not-ready", says: "no reset", verdicts: { "0000:65:00.0": "not-ready" } } : { status: "ready", says: "", verdicts: { "0000:65:00.0": "ready" } };
}
