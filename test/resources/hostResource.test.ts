import * as pulumi from "@pulumi/pulumi";
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { absent } from "../../provider/facts/reading";
import type { HostFacts } from "../../provider/facts/hostFacts";
import { openHostsWith } from "../../provider/controllers/hosts";
import { HostUnreachableError } from "../../provider/errors";
import { KernelArguments } from "../../provider/resources/kernelArguments";
import { Observations } from "../../provider/resources/observations";
import { program } from "../../provider/resources/program";

// The SDK registers with a monitor of its own here; what the engine makes of the same is in test/engine.
interface Registered {
  readonly type: string;
  readonly inputs: Readonly<Record<string, unknown>>;
}

describe("a resource of a host", () => {
  const registered: Registered[] = [];
  const limit = Error.stackTraceLimit;
  beforeAll(async () => {
    await pulumi.runtime.setMocks({
      newResource: ({ type, inputs }) => {
        registered.push({ type, inputs: inputs as Record<string, unknown> });
        return { id: "1", state: { ...(inputs as object), status: "unreachable", says: "" } };
      },
      call: () => ({}),
    }, "project", "stack", true);
    openHostsWith(() => Promise.reject(new HostUnreachableError("no-answer", "hv1: does not answer", "hv1")));
  });
  afterEach(() => {
    Error.stackTraceLimit = limit;
  });

  it("registers as a dynamic resource whose provider is a module that knows its kind", async () => {
    await program(() => {
      new KernelArguments("one", { connection: { host: "hv1" }, shouldExist: ["iommu=pt"] });
    })().catch(() => undefined);
    expect(registered.map(({ type }) => type)).toEqual(["pulumi-nodejs:dynamic/gpuhost:KernelArguments"]);
    expect(registered[0]?.inputs["__provider"]).toContain('controller("KernelArguments")');
  });

  it.each([["made", "two"], ["refused by the SDK for want of a name", ""]])("leaves the length of the program's stacks as it was when it is %s", async (_how, name) => {
    Error.stackTraceLimit = 7;
    let error: Error | undefined;
    await program(() => {
      try {
        new KernelArguments(name, { connection: { host: "hv1" } });
      } catch (thrown) {
        error = thrown as Error;
      }
      expect(Error.stackTraceLimit).toBe(7);
    })().catch(() => undefined);
    expect(error === undefined).toBe(name !== "");
  });
});

describe("what a program keeps of a host", () => {
  it("is no part of the text that was read", async () => {
    const facts = { hostname: "hv1", hostKey: absent, journal: { lock: absent } } as unknown as HostFacts;
    openHostsWith(() => Promise.resolve({ name: "hv1", observe: () => Promise.resolve(facts), close: () => Promise.resolve() } as never));
    const observations = new Observations();
    const kept = await observations.of({ host: "hv1" });
    expect(kept).toEqual(facts);
    expect(kept).not.toBe(facts);
    expect(await observations.of({ host: "hv1" })).toBe(kept);
  });
});
