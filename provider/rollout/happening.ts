import { heard, type Heard } from "../fleet/heard";
import { withoutColors } from "./colors";

/** What is read of an event of the engine; the Automation API's EngineEvent has this form and more. */
export interface EngineEvent {
  readonly resourcePreEvent?: ResourceEvent | undefined;
  readonly resOutputsEvent?: ResourceEvent | undefined;
  readonly resOpFailedEvent?: ResourceEvent | undefined;
  readonly diagnosticEvent?: { readonly urn?: string | undefined; readonly message: string; readonly severity: string } | undefined;
}

export interface ResourceEvent {
  readonly metadata: {
    readonly op: string;
    readonly urn: string;
    readonly type: string;
    readonly old?: Recorded | null | undefined;
    readonly new?: Recorded | null | undefined;
  };
  /** True in a preview. */
  readonly planning?: boolean | undefined;
}

interface Recorded {
  readonly custom?: boolean | undefined;
  readonly inputs?: Fields | null | undefined;
  readonly outputs?: Fields | null | undefined;
}

type Fields = Readonly<Record<string, unknown>>;

/** How a resource of this package ended, as far as the engine's record tells. */
export interface Ending {
  /** See controllers/record, Status. */
  readonly status?: string | undefined;
  readonly says: string;
  /** Addresses of cards that a verification found ready. */
  readonly ready: readonly string[];
}

/** A step of one resource: begun, and ended or failed. */
export interface StepTaken {
  readonly what: "step";
  readonly phase: "begun" | "ended" | "failed";
  readonly planning: boolean;
  readonly urn: string;
  readonly op: string;
  /** "KernelArguments"; undefined where the resource is not of this package. */
  readonly kind?: string | undefined;
  /** How the host is reached, and what its GpuHost is called; "" and undefined where the resource is not of this package. */
  readonly connection: string;
  readonly gpuHost?: string | undefined;
  readonly proposal?: string | undefined;
  readonly plan: Readonly<Record<string, string>>;
  readonly before: Ending;
  readonly after: Ending;
}

export type Happening =
  | StepTaken
  | { readonly what: "progress"; readonly connection: string; readonly kind: string; readonly line: string }
  | ({ readonly what: "announced" } & Heard)
  /** The engine's or the program's own trouble, of which no resource tells. */
  | { readonly what: "trouble"; readonly text: string };

export function happenings(event: EngineEvent): readonly Happening[] {
  const { resourcePreEvent, resOutputsEvent, resOpFailedEvent, diagnosticEvent } = event;
  if (resourcePreEvent) return step(resourcePreEvent, "begun");
  if (resOutputsEvent) return step(resOutputsEvent, "ended");
  if (resOpFailedEvent) return step(resOpFailedEvent, "failed");
  return diagnosticEvent ? said(diagnosticEvent) : [];
}

const ours = /^pulumi-nodejs:dynamic\/gpuhost:(\w+)$/;

/** Components and what the engine keeps for itself are no work. */
function step({ metadata, planning = false }: ResourceEvent, phase: StepTaken["phase"]): readonly Happening[] {
  const { op, urn, type, old, new: now } = metadata;
  const kind = ours.exec(type)?.[1];
  const custom = now?.custom ?? old?.custom ?? kind !== undefined;
  if (type.startsWith("pulumi:") || !custom) return [];
  const inputs = now?.inputs ?? old?.inputs ?? {};
  // urn:pulumi:STACK::PROJECT::TYPES::NAME
  const [, , types = "", ...name] = urn.split("::");
  return [{
    what: "step", phase, planning, urn, op, kind,
    connection: text((inputs["connection"] as Fields | undefined)?.["host"]),
    gpuHost: types.includes("gpuhost:index:GpuHost$") ? name.join("::") : undefined,
    proposal: typeof inputs["proposal"] === "string" ? inputs["proposal"] : undefined,
    plan: lines(inputs["plan"]),
    before: ending(old?.outputs),
    after: ending(now?.outputs),
  }];
}

function ending(outputs: Fields | null | undefined): Ending {
  const { status, says, verdicts } = outputs ?? {};
  const ready = Object.entries((verdicts ?? {}) as Fields).filter(([, verdict]) => verdict === "ready").map(([address]) => address);
  return { status: typeof status === "string" ? status : undefined, says: text(says), ready };
}

/** A plan as its sentences; long ones are in parts (controllers/fold). */
function lines(plan: unknown): Readonly<Record<string, string>> {
  if (typeof plan !== "object" || plan === null) return {};
  return Object.fromEntries(Object.entries(plan).map(([target, says]) => [target, Array.isArray(says) ? says.join(" ") : text(says)]));
}

const text = (of: unknown): string => (typeof of === "string" ? of : "");

/** What follows from something that was said already, or is said of each host: that its resource failed ("1 error occurred"), for one. */
const repeats = /failed to register$|^\d+ of \d+ hosts |^update failed$|^preview failed$|^expected resource operations for \S+ but none were seen$/;
const ofHost = /^\d+ errors? occurred:/;

function said({ urn = "", message, severity }: NonNullable<EngineEvent["diagnosticEvent"]>): readonly Happening[] {
  if (severity === "debug") return [];
  const whole = withoutColors(message).trim();
  const announced = heard(whole);
  if (announced !== undefined) return [{ what: "announced", ...announced }];
  if (severity === "error") return (urn.includes("pulumi-nodejs:dynamic/gpuhost:") && ofHost.test(whole)) || repeats.test(whole) ? [] : [{ what: "trouble", text: whole }];
  return whole.split("\n").flatMap((line): readonly Happening[] => {
    const found = /^(\S+) ([A-Z]\w+): (.+)$/.exec(line);
    return found === null ? [] : [{ what: "progress", connection: found[1]!, kind: found[2]!, line: found[3]! }];
  });
}
