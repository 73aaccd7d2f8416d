import * as pulumi from "@pulumi/pulumi";
import type { Aspect } from "../controllers/aspect";
import { fieldErrors } from "../controllers/check";
import { withCloud } from "../controllers/clouds";
import { withReached } from "../controllers/reached";
import { withLiveDrivers, type LiveDriver } from "../controllers/liveDrivers";
import { nothing, propose, unreachable, type Proposal } from "../controllers/proposal";
import { UNKNOWN, type Inputs } from "../controllers/record";
import { aspectOf } from "../controllers/registry";
import { GpuhostError } from "../errors";
import type { HostFacts } from "../facts/hostFacts";
import type { Connection } from "../host/connection";
import type { Announcement } from "../fleet/announcement";
import { Observations } from "./observations";
import { dependsOnResources, isKnown, valueOf } from "./outputs";

/** Resources of one host that stand and fall together: when one is refused, none of them does anything. */
export class Unit {
  readonly members: Entry[] = [];

  /** `turn` says what the host waits for; undefined when it is its turn, and always where it is absent. */
  constructor(readonly turn?: () => Promise<string | undefined>) {}
}

/** One resource of the program, from its constructor to its outcome. */
export interface Entry {
  /** "KernelArguments host-1". */
  readonly key: string;
  readonly kind: string;
  /** Its arguments wait for other resources' outputs. */
  readonly waits: boolean;
  /** Name of the host; "" until known. */
  host: string;
  /** How the host is reached; absent until known. */
  connection?: Connection;
  /** From the facts alone; undefined when the arguments are not known in this preview. */
  readonly raw: Promise<Proposal | undefined>;
  /** True once `raw` has come to its end. */
  isRead: boolean;
  readonly unit: Unit;
  resource?: pulumi.CustomResource & { readonly status: pulumi.Output<string>; readonly says: pulumi.Output<string> };
}

/** True when the entry, or a resource it stands and falls with, cannot be part of what is compared before anything registers. */
export function isLate(entry: Entry): boolean {
  return entry.unit.members.some((member) => member.waits);
}

/** Drivers that resources of the same unit before this one give to functions in this boot. */
async function liveBefore(entry: Entry): Promise<readonly LiveDriver[]> {
  const before = entry.unit.members.slice(0, entry.unit.members.indexOf(entry));
  return (await Promise.all(before.map((member) => member.raw))).flatMap((proposal) => proposal?.live ?? []);
}

async function isPlanned(unit: Unit): Promise<boolean> {
  return (await Promise.all(unit.members.map((member) => member.raw))).some((proposal) => proposal?.proposal === "planned");
}

/** True when the host of the entry is to be rebooted in this run. */
async function rebootPlanned(entry: Entry): Promise<boolean> {
  const reboots = await Promise.all(entry.unit.members.filter(({ kind }) => kind === "HostReboot").map((member) => member.raw));
  return reboots.some((proposal) => proposal?.proposal === "planned");
}

/** What one run of a program proposes, held together so that it can be compared as a whole before anything registers. */
export class Run {
  readonly entries: Entry[] = [];
  /** What fleets say of this run as a whole. */
  readonly announcements: (() => Promise<Announcement>)[] = [];
  private readonly observations = new Observations();
  private readonly opened: Promise<void>;
  private isOpen = false;
  private release: () => void = () => undefined;
  private refuse: (error: unknown) => void = () => undefined;

  /**
   * `judge` says of a late proposal whether it was reviewed, and gives what is to become of it; `waited` says what an entry waited for in the
   * preview: its turn does not come between the preview and the update.
   */
  constructor(private readonly judge: (entry: Entry, proposal: Proposal) => Proposal, private readonly waited: (entry: Entry) => string | undefined = () => undefined) {
    this.opened = new Promise((resolve, reject) => {
      this.release = resolve;
      this.refuse = reject;
    });
    // Whoever waits for it meets the rejection; when nobody does, there is nothing to say.
    this.opened.catch(() => undefined);
  }

  /** Lets everything register that waited. */
  open(): void {
    this.isOpen = true;
    this.release();
  }

  /** Lets nothing register: whatever waits ends with this error. */
  abandon(error: unknown): void {
    this.refuse(error);
  }

  /** Adds a resource; the proposal is unknown in a preview where an argument is. */
  add(kind: string, name: string, args: pulumi.Inputs, unit: Unit): { readonly entry: Entry; readonly proposal: pulumi.Output<Proposal> } {
    const aspect = aspectOf(kind);
    const fields = pulumi.output(args) as pulumi.Output<Record<string, unknown>>;
    const entry: Entry = {
      key: this.uniqueKey(`${kind} ${name}`), kind, unit, host: "", isRead: false,
      waits: this.isOpen || dependsOnResources(args),
      raw: isKnown(fields).then((known) => known ? valueOf(fields).then((of) => this.read(entry, aspect, of)) : undefined),
    };
    // A rejection is met where the proposal is awaited; here it must only not count as unhandled.
    void entry.raw.catch(() => undefined).then(() => { entry.isRead = true; });
    unit.members.push(entry);
    this.entries.push(entry);
    const proposal = fields.apply(async () => {
      const made = (await this.proposal(entry)) ?? nothing("unreviewed", UNKNOWN);
      if (isLate(entry)) return this.judge(entry, made);
      await this.opened;
      return made;
    });
    return { entry, proposal };
  }

  /** Facts of the host that the unit is about; undefined where nothing was read. */
  async factsOf(unit: Unit): Promise<HostFacts | undefined> {
    const connection = unit.members.find((member) => member.connection !== undefined)?.connection;
    return connection === undefined ? undefined : this.observations.of(connection);
  }

  /** The host's facts, read once in this run. */
  facts(connection: Connection): Promise<HostFacts> {
    return this.observations.of(connection);
  }

  /** What the entry comes to, its siblings on the same host considered. */
  async proposal(entry: Entry): Promise<Proposal | undefined> {
    const own = await entry.raw;
    if (own?.proposal !== "planned" && own?.proposal !== "converged") return own;
    for (const sibling of entry.unit.members) {
      if (sibling === entry || (await sibling.raw)?.proposal !== "refused") continue;
      return nothing("held", `held back, nothing will be done: ${sibling.kind} of this host is refused`);
    }
    // A card that is not ready, and will be by what waits, is judged by what is on record.
    const waits = own.proposal === "planned" || (own.verdict === "not-ready" && (await isPlanned(entry.unit))) ? await this.waits(entry) : undefined;
    if (waits !== undefined) return nothing("waiting", waits, own);
    if (own.proposal !== "converged" || aspectOf(entry.kind).judgesBoot !== true || !(await rebootPlanned(entry)) || (await this.waits(entry)) !== undefined) return own;
    // What speaks against this boot is what the reboot is for.
    return { ...own, proposal: "planned", warnings: [] };
  }

  private async waits(entry: Entry): Promise<string | undefined> {
    return this.waited(entry) ?? (await entry.unit.turn?.());
  }

  private uniqueKey(key: string): string {
    const taken = this.entries.filter((entry) => entry.key === key || entry.key.startsWith(`${key} #`)).length;
    return taken === 0 ? key : `${key} #${taken + 1}`;
  }

  private async read(entry: Entry, aspect: Aspect<unknown>, fields: Record<string, unknown>): Promise<Proposal> {
    const connection = fields["connection"] as Connection;
    entry.host = connection?.host ?? "";
    entry.connection = connection;
    // Said by `check`, with the path of the field; a host is not asked for the sake of input that does not fit.
    const errors = fieldErrors(aspect, fields as Inputs);
    if (errors.length > 0) return nothing("refused", errors.map(({ path, reason }) => `${path}: ${reason}`).join("; "));
    const parsed = aspect.parse(fields);
    if ("errors" in parsed) return nothing("refused", "the input is not known in full");
    try {
      const read = await withCloud(aspect, await this.observations.of(connection), parsed.desired);
      const facts = await withReached(aspect, read, parsed.desired, (host, port) => this.observations.reaches(connection, host, port));
      const live = aspect.afterLiveBinding === true ? await liveBefore(entry) : [];
      return propose(aspect, withLiveDrivers(facts, live), parsed.desired);
    } catch (error) {
      if (!(error instanceof GpuhostError)) throw error;
      return unreachable(entry.host, error);
    }
  }
}
