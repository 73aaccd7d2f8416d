import type { SoakStep } from "./steps";

/** One host of a bed, in the state in which every case begins: running, IOMMU off by argument, nothing of ours on it. */
export interface SoakHost {
  /** Arguments of its GpuHost. */
  readonly args: Record<string, unknown>;
  /** Resolves when the host is in that step; where the bed can, it stays there until the fault has come. */
  reaches(step: SoakStep): Promise<void>;
  /** Breaks every SSH session and refuses new ones for a few seconds. */
  cutSessions(): Promise<void>;
  /** Off and on again, whatever it was doing; resolves when it answers. */
  powerCut(): Promise<void>;
  /** Lets a host that stayed in its step go on. */
  release(): Promise<void>;
  /** Steps so far, as `listSteps` prints them. */
  stepsSoFar(): Promise<string[]>;
  /** A line for everything that decides how it boots and which driver gets a device, and for what our journal still holds. */
  state(): Promise<string[]>;
  /** An ordinary reboot; undefined where the bed has no time for it. */
  readonly reboot?: () => Promise<void>;
  stop(): Promise<void>;
}

export interface SoakBed {
  /** Name of the bed on the command line and in the table. */
  readonly name: string;
  /** A host can be kept in a step for as long as a test likes. */
  readonly holds: boolean;
  start(): Promise<SoakHost>;
  /** Ends what the hosts have in common. */
  stop(): Promise<void>;
}
