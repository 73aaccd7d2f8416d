import * as pulumi from "@pulumi/pulumi";

/** What the SDK's outputs have and its type declarations leave out; the SDK itself relies on it across its versions. */
interface Inside<T> {
  readonly isKnown: Promise<boolean>;
  promise(): Promise<T>;
  resources(): ReadonlySet<pulumi.Resource>;
}

const inside = <T>(output: pulumi.Output<T>): Inside<T> => output as unknown as Inside<T>;

export function isKnown(output: pulumi.Output<unknown>): Promise<boolean> {
  return inside(output).isKnown;
}

/** The value; undefined where it is not known. */
export function valueOf<T>(output: pulumi.Output<T>): Promise<T> {
  return inside(output).promise();
}

/** Whether anything in there comes out of another resource: only after that one registered is it known. */
export function dependsOnResources(of: unknown): boolean {
  if (pulumi.Output.isInstance(of)) return inside(of).resources().size > 0;
  if (typeof of !== "object" || of === null || of instanceof Promise) return false;
  return Object.values(of).some(dependsOnResources);
}
