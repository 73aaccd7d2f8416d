import type { Aspect } from "./aspect";

const aspects = new Map<string, Aspect<unknown>>();

/** Adds a kind of resource. Kind names are in the state of every stack: once released they are never renamed. */
export function register<D>(aspect: Aspect<D>): void {
  // A desired state only ever travels from an aspect's own parse to its own plan and undo.
  aspects.set(aspect.kind, aspect as Aspect<unknown>);
}

export function aspectOf(kind: string): Aspect<unknown> {
  const aspect = aspects.get(kind);
  if (aspect === undefined) {
    throw new Error(
      `This version of pulumi-gpuhost knows no resource "${kind}" (it knows ${[...aspects.keys()].join(", ")}). ` +
        "The state was written by another version: install that one.",
    );
  }
  return aspect;
}
