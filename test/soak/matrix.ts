import { afterAll, afterEach, describe, expect, it } from "vitest";
import type { Running } from "../beds/engine/running";
import type { Stack } from "../beds/engine/stack";
import { difference } from "../vm/footprint";
import { stackOf } from "../vm/labStack";
import type { SoakBed, SoakHost } from "./bed";
import { faults, type Fault } from "./faults";
import { inShort, record, type Row } from "./results";
import { steps, type SoakStep } from "./steps";

const only = { fault: process.env["GPUHOST_SOAK_FAULT"], step: process.env["GPUHOST_SOAK_STEP"] };

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
      await isUndone(stack, host, before);
    });

    for (const [index, step] of steps.entries()) {
      for (const fault of faults) {
        const wanted = (only.fault ?? fault.name) === fault.name && (only.step ?? String(index + 1)) === String(index + 1);
        it.skipIf(!wanted)(`${index + 1}. ${step.owner} ${step.line}: ${fault.says}`, async () => {
          const began = performance.now();
          const told = { bed: bed.name, step: `${index + 1}. ${step.owner} ${step.line}`, fault: fault.says, broken: "", next: "" };
          try {
            const { host, stack, before } = await begin();
            told.broken = await breaks(stack, host, step, fault);
            await stack.cancel();
            told.next = await finishes(stack);
            await isUndone(stack, host, before);
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
  await host.release();
  const result = await up.result;
  // A cut session is replaced by another one: that is no reason for a run to fail.
  if (fault.name === "ssh") expect(result.exitCode, result.stdout + result.stderr).toBe(0);
  if (fault.name === "provider") expect(result.exitCode).not.toBe(0);
  return inShort(result);
}

async function finishes(stack: Stack): Promise<string> {
  const up = await stack.up();
  expect(up.exitCode, `${inShort(up)}\n${up.stdout}${up.stderr}`).toBe(0);
  expect((await stack.outputs())["hv1"]).toEqual({ ready: true });
  const preview = await stack.preview("--expect-no-changes");
  expect(preview.exitCode, `the next preview is not empty\n${preview.stdout}${preview.stderr}`).toBe(0);
  return "finished, ready, next preview empty";
}

async function isUndone(stack: Stack, host: SoakHost, before: readonly string[]): Promise<void> {
  const destroy = await stack.destroy();
  expect(destroy.exitCode, `destroy: ${inShort(destroy)}\n${destroy.stdout}${destroy.stderr}`).toBe(0);
  // What runs still runs until the reboot, which destroy leaves to people.
  await host.reboot?.();
  expect(difference(before, await host.state())).toEqual([]);
}
