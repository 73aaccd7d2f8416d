import * as pulumi from "@pulumi/pulumi";
import { describe, expectTypeOf, it } from "vitest";
import type { ConnectionArgs, GpuHostArgs, KernelArgumentsArgs, VfioBindingArgs } from "../../provider/index";

// Checked by the compiler (types of the tests); what runs here is nothing.
describe("arguments", () => {
  const later = pulumi.output("h1");

  it("may be plain, or outputs of other resources, at any depth", () => {
    expectTypeOf({ host: "h1", port: 22, jumpHosts: [{ host: later }], sudo: { password: { config: "sudo" } } } as const).toExtend<ConnectionArgs>();
    expectTypeOf({ connection: later.apply((host) => ({ host })), shouldExist: [later, "quiet"] }).toExtend<KernelArgumentsArgs>();
    expectTypeOf({ connection: { host: later }, cards: pulumi.output([{ address: "0000:65:00.0", id: "10de:20b5" }]) }).toExtend<GpuHostArgs>();
  });

  it("are refused by the compiler when they do not fit", () => {
    expectTypeOf({ connection: { port: 22 } }).not.toExtend<KernelArgumentsArgs>();
    expectTypeOf({ connection: { host: "h1" }, cards: [{ address: "0000:65:00.0" }] }).not.toExtend<VfioBindingArgs>();
    expectTypeOf({ connection: { host: "h1" }, cards: [], reboot: "always" as const }).not.toExtend<GpuHostArgs>();
  });
});
