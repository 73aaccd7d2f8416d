import type { Wire } from "./wire";

/** What goes over the wire in a run that nothing disturbs: so far into it, things happen. */
export type Bytes = Wire["passed"];

/** A story that did not end well: what was seen, the story in words, and how to see it again. */
export class Broken extends Error {}
