import type { CloudStep } from "../../plan/cloudStep";

export interface CloudStepOutcome {
  readonly kind: CloudStep["kind"];
  /** done: written, and read back. unchanged: it was so already. left: it is otherwise, and not ours to change. */
  readonly state: "done" | "unchanged" | "left";
  /** What was found or came of it, for people. */
  readonly says: string;
}

/** What a step function needs beside the step: told lines show while it runs. */
export type Say = (line: string) => void;
