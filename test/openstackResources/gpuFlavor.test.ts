import * as pulumi from "@pulumi/pulumi";
import { describe, expect, expectTypeOf, it } from "vitest";
import { extraSpecsOf } from "../../provider/flavor/gpuFlavor";
import type { GpuFlavorArgs } from "../../provider/openstackResources/index";
import { Settled } from "../../provider/openstackResources/settled";

const size = { vcpus: 1, ramMiB: 1024, diskGiB: 0 };
const project = "6c1f0e8a4f0b4c0d9a52b6e7a1d3c4f5";

/** The value of an output, or its failure; what else the output is made of fails along with it, and the engine's process ends by that. */
function valueOf<T>(output: pulumi.Output<T>): Promise<T> {
  const inside = output as unknown as { promise(): Promise<T>; isKnown: Promise<boolean>; isSecret: Promise<boolean> };
  for (const part of [inside.isKnown, inside.isSecret]) part.catch(() => undefined);
  return inside.promise();
}

/** An output of a resource that does not exist yet, as a preview has it. */
const unknown = pulumi.output(pulumi.unknown as unknown as string);

describe("arguments of a GpuFlavor", () => {
  it("are judged when the program makes it, all of them at once, as an error without a stack", () => {
    const make = (): Settled => new Settled("GpuFlavor a100", { ...size, vcpus: 0, devices: [{ alias: "a:1" }], extraSpecs: { "hw:pmuu": true } });
    expect(make).toThrow(pulumi.RunError);
    expect(make).toThrow(/^GpuFlavor a100 is not made:\n {2}vcpus: .*\n {2}devices\[0\]\.alias: .*\n {2}extraSpecs\["hw:pmuu"\]: .* did you mean "hw:pmu"\?$/);
  });

  it("are judged beside outputs, which are judged once they are known", async () => {
    expect(() => new Settled("GpuFlavor a100", { ...size, vcpus: unknown, memPageSize: "huge" })).toThrow(/memPageSize/);
    const settled = new Settled("GpuFlavor a100", { ...size, devices: [{ alias: pulumi.output("a:1") }], vcpus: Promise.resolve(0) });
    await expect(valueOf(settled.part(["devices"], extraSpecsOf))).rejects.toThrow(/devices\[0\]\.alias: expected an alias/);
    await expect(valueOf(settled.part(["vcpus"], (of) => of.vcpus))).rejects.toThrow(/vcpus: expected a number of CPUs/);
  });

  it("are taken with their defaults once they are known", async () => {
    const settled = new Settled("GpuFlavor a100", { ...size, devices: pulumi.output([{ alias: "a100" }]), resources: { VCPU: pulumi.output(4) } });
    expect(await valueOf(settled.part(["devices", "resources"], extraSpecsOf))).toEqual({ "pci_passthrough:alias": "a100:1", "resources:VCPU": "4" });
    expect(await valueOf(settled.part(["ephemeralGiB"], (of) => of.ephemeralGiB))).toBe(0);
  });

  it("that say how many resources there are must be known to the program", () => {
    const settled = new Settled("GpuFlavor a100", { ...size, devices: [{ alias: "a100" }] });
    expect(() => settled.plain("projects[0]", pulumi.output(project), "needs a name")).toThrow("projects[0]: comes from another resource, and needs a name.");
    expect(() => settled.plain("projects[0]", project, "needs a name")).not.toThrow();
  });

  it("have projects by id, also where the id is known late", async () => {
    const projects = [{ name: "a", id: pulumi.output("research") }, { name: "b", id: unknown }, project];
    const settled = new Settled("GpuFlavor a100", { ...size, devices: [{ alias: "a100" }], projects });
    await expect(valueOf(settled.projectId(0, pulumi.output("research"), projects))).rejects.toThrow(/projects\[0\]\.id: expected a project's id/);
    expect(await valueOf(settled.projectId(2, project, projects))).toBe(project);
  });

  it("may be outputs at any depth, and are refused by the compiler when they do not fit", () => {
    const later = pulumi.output("a100");
    expectTypeOf({ ...size, devices: [{ alias: later }], traits: { CUSTOM_GPU_READY: "required" as const }, projects: [project, { name: "a", id: later }] }).toExtend<GpuFlavorArgs>();
    expectTypeOf({ ...size, groups: { "1": { resources: pulumi.output({ VGPU: 1 }) } }, aggregate: { name: later } }).toExtend<GpuFlavorArgs>();
    expectTypeOf({ ...size, projects: [later] }).not.toExtend<GpuFlavorArgs>();
    expectTypeOf({ ...size, traits: { CUSTOM_X: "preferred" as const } }).not.toExtend<GpuFlavorArgs>();
    expectTypeOf({ vcpus: 1, ramMiB: 1 }).not.toExtend<GpuFlavorArgs>();
  });
});
