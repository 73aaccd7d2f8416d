import fc from "fast-check";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { extraSpecProblem } from "../../provider/flavor/extraSpec";
import { knownFamilies, knownSpecs } from "../../provider/flavor/knownSpecs";
import { resourceClassProblem, traitProblem } from "../../provider/flavor/placement";
import { standardTraits } from "../../provider/flavor/standardTraits";
import type { Api } from "../beds/openstack/api";
import { startControlPlane, type ControlPlane } from "../beds/openstack/controlPlane";

// Our rules for extra specs against those of a real Nova, whose API checks them from microversion 2.86 on.
let cloud: ControlPlane;
let api: Api;
let flavor: string;

beforeAll(async () => {
  cloud = await startControlPlane();
  api = await cloud.api();
  const made = await api.must<{ flavor: { id: string } }>("POST", "compute", "/flavors", { flavor: { name: "scratch", vcpus: 1, ram: 512, disk: 0 } });
  flavor = made.flavor.id;
});
afterAll(() => cloud?.close());

/** What Nova says of them: undefined where it takes them all. */
async function novaProblem(specs: Readonly<Record<string, string>>): Promise<string | undefined> {
  const { status, body } = await api.request("POST", "compute", `/flavors/${flavor}/os-extra_specs`, { extra_specs: specs });
  expect([200, 400]).toContain(status);
  return status === 200 ? undefined : JSON.stringify(body);
}

describe("a real Nova", () => {
  it("takes what a GpuFlavor makes of every field", async () => {
    const folder = join(__dirname, "..", "flavor", "specs");
    for (const name of readdirSync(folder)) {
      const { extraSpecs } = JSON.parse(readFileSync(join(folder, name), "utf8")) as { extraSpecs: Record<string, string> };
      expect(await novaProblem(extraSpecs), name).toBeUndefined();
    }
  });

  it("knows every trait that we list, and refuses one that we refuse", async () => {
    expect(await novaProblem(Object.fromEntries(standardTraits.map((name) => [`trait:${name}`, "required"])))).toBeUndefined();
    for (const name of ["CUSTOM_gpu", "GPU_A100", "HW_CPU_X86_AVX512WL", "CUSTOM_"]) {
      expect([name, traitProblem(name) !== undefined, await novaProblem({ [`trait:${name}`]: "required" }) !== undefined]).toEqual([name, true, true]);
    }
    for (const name of ["VPGU", "VGPU", "PCPU", "CUSTOM_A-B", "CUSTOM_A_B"]) {
      expect([name, resourceClassProblem(name) !== undefined]).toEqual([name, await novaProblem({ [`resources1:${name}`]: "1" }) !== undefined]);
    }
  });

  it("judges names and values as we do", async () => {
    const families = knownFamilies.map((family) => family.example);
    const names = fc.constantFrom(...knownSpecs.keys(), ...families, "hw:cpu_polcy", "hw:numa_cpus.x", "quota:gpu", "capabilities:cpu_info", "capabilities:vcpus:x", "mycloud:gpu", "hw_rng:x");
    const values = fc.constantFrom("true", "False", "on", "2", "-1", "0", "16", "1.5", "0-3,^2", "^1", "1,", "large", "1GB", "1 GB", "2MiB", "dedicated", "auto", "intel", "required", "1.2", "luks", "none", "", "x", "a,b", "s== 1");
    const pairs = fc.sample(fc.tuple(names, values), { numRuns: 200, seed: 34 });
    const differing: unknown[] = [];
    for (const [name, value] of pairs) {
      const ours = extraSpecProblem(name, value);
      if (ours?.includes("stands for") === true) continue;
      const theirs = await novaProblem({ [name]: value });
      if ((ours === undefined) !== (theirs === undefined)) differing.push({ name, value, ours, theirs });
    }
    expect(differing).toEqual([]);
  });

  it("refuses maxphysaddr of a flavor, which is why we do", async () => {
    expect(await novaProblem({ "hw:maxphysaddr_mode": "emulate" })).toContain("hw:maxphysaddr_mode");
    expect(extraSpecProblem("hw:maxphysaddr_mode", "emulate")).toContain("hw_maxphysaddr_mode");
  });
});
