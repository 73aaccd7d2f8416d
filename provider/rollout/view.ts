import { happenings, type EngineEvent, type Happening, type StepTaken } from "./happening";
import { acts, planText, standingOf, type Member, type Standing } from "./standing";
import type { Heard } from "../fleet/heard";

/** What changed by an event: a host's standing or what it is at, or a word of the engine. */
export type Change = { readonly host: string; readonly from: Standing; readonly to: Standing; readonly detail: string } | { readonly trouble: string };

/** One wave as it is seen from outside, from the first event of its preview to the last of its update. */
export class View {
  private readonly members = new Map<string, Map<string, Member>>();
  private readonly names = new Map<string, string>();
  private readonly doing = new Map<string, string>();
  /** Work on resources of other packages, by URN. */
  private readonly foreign = new Map<string, Member>();
  private readonly said = new Map<string, Heard>();
  /** Hosts that came back from a reboot, once for each time. */
  readonly reboots: string[] = [];

  take(event: EngineEvent): readonly Change[] {
    return happenings(event).flatMap((one) => this.takeOne(one));
  }

  private takeOne(one: Happening): readonly Change[] {
    switch (one.what) {
      case "announced":
        this.said.set(one.fleet, { ...this.said.get(one.fleet), ...one });
        return [];
      case "trouble":
        return [{ trouble: one.text }];
      case "progress":
        return this.progress(this.names.get(one.connection) ?? one.connection, one.kind, one.line);
      case "step":
        return this.step(one);
    }
  }

  private progress(host: string, kind: string, line: string): readonly Change[] {
    if (!this.members.has(host)) return [];
    if (kind === "HostReboot" && line.startsWith("the host is back after ")) this.reboots.push(host);
    this.doing.set(host, line);
    const standing = this.standing(host);
    return [{ host, from: standing, to: standing, detail: line }];
  }

  private step(one: StepTaken): readonly Change[] {
    const member: Member = { ...one, phase: phaseOf(one), after: one.op === "same" && one.after.status === undefined ? one.before : one.after };
    if (one.kind === undefined) {
      this.foreign.set(one.urn, member);
      return [];
    }
    const host = this.nameOf(one);
    const from = this.standing(host);
    const members = this.members.get(host) ?? new Map<string, Member>();
    this.members.set(host, members.set(one.urn, member));
    const to = this.standing(host);
    if (one.phase !== "begun") this.doing.delete(host);
    return from.state === to.state && from.says === to.says ? [] : [{ host, from, to, detail: "" }];
  }

  /** As the fleet calls it, and otherwise as it is reached. */
  private nameOf({ connection, gpuHost, urn }: StepTaken): string {
    const name = gpuHost ?? this.names.get(connection) ?? (connection || urn.slice(urn.lastIndexOf("::") + 2));
    if (connection !== "" && !this.names.has(connection)) this.names.set(connection, name);
    return name;
  }

  get hosts(): readonly string[] {
    return [...this.members.keys()].sort((one, other) => one.localeCompare(other, "en", { numeric: true }));
  }

  standing(host: string): Standing {
    const members = this.members.get(host);
    return members === undefined ? { state: "observed", says: "" } : standingOf([...members.values()]);
  }

  /** What is under way on a host in the words of who does it; "" where nothing is. */
  detail(host: string): string {
    return this.doing.get(host) ?? "";
  }

  get fleets(): readonly Heard[] {
    return [...this.said.values()];
  }

  /** What the update is to do, by host or by the URN of what is of another package: one text that differs when the work does. */
  get work(): ReadonlyMap<string, string> {
    const of = (members: readonly Member[]): string => members.filter((member) => acts(member) && member.phase === "previewed").map(planText).sort().join("\n");
    const hosts = this.hosts.map((host): [string, string] => [host, of([...this.members.get(host)!.values()])]);
    return new Map([...hosts, ...[...this.foreign].map(([urn, member]): [string, string] => [urn, of([member])])].filter(([, text]) => text !== ""));
  }

  /** What the update began and came to an end with, as `work` names it. */
  get tried(): ReadonlySet<string> {
    const ended = (members: Iterable<Member>): boolean => [...members].some((member) => acts(member) && (member.phase === "ended" || member.phase === "failed"));
    return new Set([...this.hosts.filter((host) => ended(this.members.get(host)!.values())), ...[...this.foreign].filter(([, member]) => ended([member])).map(([urn]) => urn)]);
  }

  /** Cards of a host that are proven ready, and that no record called ready before this wave. */
  cards(host: string): { readonly ready: readonly string[]; readonly gained: readonly string[] } {
    const members = [...(this.members.get(host)?.values() ?? [])];
    // A host that waits keeps what was proven of it.
    const ready = members.flatMap(({ phase, proposal, before, after }) => (phase === "previewed" && proposal === "waiting" ? before : after).ready);
    return { ready, gained: ready.filter((address) => !members.some(({ before }) => before.ready.includes(address))) };
  }
}

/** What stays as it is has come to its end when it is named. */
function phaseOf({ phase, planning, op }: StepTaken): Member["phase"] {
  if (phase === "failed") return "failed";
  if (op === "same") return "ended";
  return planning ? "previewed" : phase;
}
