import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Stack, succeeded } from "../beds/engine/stack";
import { Fleet } from "../beds/simulated/fleet";
import { computeCard, disk, machine, networkCard, rootPort } from "../beds/simulated/machine";

const program = `
const gpuhost = require("pulumi-gpuhost");
module.exports = gpuhost.program(() => ({
  ready: new gpuhost.GpuHost("gpu-1", {
    connection: { host: "gpu-1" }, cards: [{ address: "0000:65:00.0", id: "10de:20b7" }], reboot: "whenNeeded", policy: gpuhost.policyFile("gpu-policy.yaml"),
  }).ready,
}));`;

const exception = (host: string, expires: string): string =>
  `  - { host: ${host}, address: 0000:65:00.0, rule: no-reset-method, reason: "one guest for good, OPS-1181", owner: alice, expires: ${expires} }\n`;

/** The kernel has no reset for the card, so that it is refused among strangers; the policy is a file beside the program. */
describe("a policy file in a program", () => {
  let fleet: Fleet;
  let stack: Stack;

  beforeAll(async () => {
    fleet = new Fleet();
    await fleet.add(machine("gpu-1", {
      kernelArguments: "quiet intel_iommu=on",
      functions: [
        rootPort("0000:00:01.0", 10), disk("0000:01:00", "0000:00:01.0", 11),
        rootPort("0000:00:02.0", 12), networkCard("0000:02:00", "0000:00:02.0", 13, { name: "eno1", address: "its own" }),
        rootPort("0000:64:00.0", 14), { ...computeCard("0000:65:00", "0000:64:00.0", 15), resetMethods: "" },
      ],
    }));
    stack = await Stack.create({ program, files: { "gpu-policy.yaml": "trustLevel: multi-tenant\n" }, environment: { HOME: fleet.folder } });
  });
  afterAll(async () => {
    stack?.dispose();
    await fleet?.stop();
  });

  /** The engine cuts long texts, so that a long sentence of a plan is a list of its parts. */
  const whole = (stdout: string): string => stdout.replaceAll(/"\s+(\[\d+\]: +"|[-+~] +\[\d+\]: +")/g, " ");

  it("without an exception the card is bound and not ready, and the preview says what refuses", async () => {
    const { stdout } = await stack.up();
    expect(stdout).toMatch(/not ready: The kernel knows no way to reset 0000:65:00\.0/);
    expect(await stack.outputs()).toEqual({ ready: false });
  });

  it("with one the card gets ready, and the preview shows it as an input and in the verdict's line", async () => {
    stack.write("gpu-policy.yaml", `exceptions:\n${exception("gpu-1", "2999-12-31")}`);
    const { stdout } = succeeded(await stack.up());
    expect(stdout).toMatch(/rule *: "no-reset-method"/);
    expect(stdout).toMatch(/"not ready: .*=> "ready: alone in its IOMMU group; let pass by exception: no-reset-method of 0000:65:00\.0 until 2999-12-31 by alice/);
    expect(await stack.outputs()).toEqual({ ready: true });
    succeeded(await stack.preview("--expect-no-changes"));
  });

  it("an exception for another host is no change of this one", async () => {
    stack.write("gpu-policy.yaml", `exceptions:\n${exception("gpu-1", "2999-12-31")}${exception("gpu-2", "2999-12-31")}`);
    expect((await stack.preview("--expect-no-changes")).exitCode).toBe(0);
  });

  it("one that has expired refuses again and says so", async () => {
    stack.write("gpu-policy.yaml", `exceptions:\n${exception("gpu-1", "2020-01-31")}`);
    const { stdout } = await stack.up();
    expect(whole(stdout)).toMatch(/plan[^}]*not ready: [^}]*expired on 2020-01-31 and no longer counts/);
    expect(await stack.outputs()).toEqual({ ready: false });
  });

  it("a mistake in the file ends the run with its place, and nothing is touched", async () => {
    stack.write("gpu-policy.yaml", "exceptions:\n  - { host: gpu-1, adress: 0000:65:00.0 }\n");
    const { exitCode, stdout, stderr } = await stack.preview();
    expect(exitCode).not.toBe(0);
    expect(stdout + stderr).toContain('exceptions[0].adress: "adress" is not known here; did you mean "address"?');
    expect(stdout + stderr).not.toMatch(/\n +at .*\.js:/);
  });
});
