import { afterAll, afterEach, describe, expect, it } from "vitest";
import type { Running } from "../beds/engine/running";
import type { Stack } from "../beds/engine/stack";
import { difference } from "../vm/footprint";
import { stackOf } from "../vm/labStack";
import type { SoakBed, SoakHost } from "./bed";
import { faults, type Fault } from "./faults";
import { inShort, record, type Row } from "./results";
import { steps, type SoakStep } from "./steps";

const chosen = (name: string): readonly string[] | undefined => process.env[name]?.split(",");
const only = { fault: chosen("GPUHOST_SOAK_FAULT"), step: chosen("GPUHOST_SOAK_STEP") };

/** Every fault at every step of an `up` of one host, and the one ordinary run that has to finish the work. */
export function matrix(bed: SoakBed): void {
  describe(`every fault at every step: ${bed.name}`, () => {
    let host: SoakHost | undefined;
    let stack: Stack | undefined;

    afterEach(async () => {
      stack?.dispose();
      await host?.stop();
      stack = host = undefined;
    });
    afterAll(() => bed.stop());

    async function begin(): Promise<{ host: SoakHost; stack: Stack; before: string[] }> {
      host = await bed.start();
      stack = await stackOf({ hv1: host.args });
      await stack.configure({ "gpuhost:allowUnreviewed": "true" });
      return { host, stack, before: await host.state() };
    }

    it.skipIf(only.fault !== undefined || only.step !== undefined)("no fault: these are all the steps", async () => {
      const { host, stack, before } = await begin();
      await finishes(stack);
      expect(await host.stepsSoFar()).toEqual(steps.map(({ owner, line }) => `${owner} ${line}`));
      expect(await leftByDestroy(stack, host, before)).toEqual([]);
    });

    for (const [index, step] of steps.entries()) {
      for (const fault of faults.filter(({ lingers }) => lingers === undefined || bed.holds)) {
        const wanted = (only.fault?.includes(fault.name) ?? true) && (only.step?.includes(String(index + 1)) ?? true);
        it.skipIf(!wanted)(`${index + 1}. ${step.owner} ${step.line}: ${fault.says}`, async () => {
          const began = performance.now();
          const told = { bed: bed.name, step: `${index + 1}. ${step.owner} ${step.line}`, fault: fault.says, broken: "", next: "" };
          try {
            const { host, stack, before } = await begin();
            told.broken = await breaks(stack, host, step, fault);
            await stack.cancel();
            told.next = await finishes(stack, fault.lingers && host);
            expect(await leftByDestroy(stack, host, before)).toEqual([]);
          } catch (error) {
            told.next = told.next === "" ? short(error) : `${told.next}, but: ${short(error)}`;
            throw error;
          } finally {
            record({ ...told, seconds: Math.round((performance.now() - began) / 1000) } satisfies Row);
          }
        });
      }
    }
  });
}

const short = (error: unknown): string => (error instanceof Error ? error.message : String(error)).split("\n").slice(0, 2).join(" ").slice(0, 160);

/** An `up` with the fault in the middle of it; how it ended, in words. */
async function breaks(stack: Stack, host: SoakHost, step: SoakStep, fault: Fault): Promise<string> {
  const reached = host.reaches(step);
  const up: Running = stack.start(["up", "--stack", "dev", "--yes", "--skip-preview"]);
  const early = up.result.then((result) => {
    throw new Error(`the run ended before the host was in "${step.line}": ${inShort(result)}\n${result.stdout}${result.stderr}`);
  });
  early.catch(() => undefined);
  await Promise.race([reached, early]);
  await fault.happen(host, up);
  if (fault.lingers === undefined) await host.release();
  const result = await up.result;
  // A cut session is replaced by another one: that is no reason for a run to fail.
  if (fault.name === "ssh") expect(result.exitCode, result.stdout + result.stderr).toBe(0);
  if (fault.name === "provider" || fault.name === "lingering") expect(result.exitCode).not.toBe(0);
  return inShort(result);
}

/** One ordinary `up`; `held` is a host that is let go once this run has said that it waits for it. */
async function finishes(stack: Stack, held?: SoakHost): Promise<string> {
  const running = stack.start(["up", "--stack", "dev", "--yes", "--diff"]);
  if (held !== undefined) {
    await running.says(/waits for another transaction/).finally(() => held.release());
  }
  const up = await running.result;
  expect(up.exitCode, `${inShort(up)}\n${up.stdout}${up.stderr}`).toBe(0);
  expect((await stack.outputs())["hv1"]).toEqual({ ready: true });
  const preview = await stack.preview("--expect-no-changes");
  expect(preview.exitCode, `the next preview is not empty\n${preview.stdout}${preview.stderr}`).toBe(0);
  return "finished, ready, next preview empty";
}

/** Destroys everything; the lines of the host's state that are not as they were. */
async function leftByDestroy(stack: Stack, host: SoakHost, before: readonly string[]): Promise<string[]> {
  const destroy = await stack.destroy();
  expect(destroy.exitCode, `destroy: ${inShort(destroy)}\n${destroy.stdout}${destroy.stderr}`).toBe(0);
  // What runs still runs until the reboot, which destroy leaves to people.
  await host.reboot?.();
  return difference(before, await host.state());
}
