import { mkdtempSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { nothing } from "../../provider/controllers/proposal";
import { UNKNOWN } from "../../provider/controllers/record";
import { engineProcess, planFile } from "../../provider/resources/engineProcess";
import { movedSince, readReview, writeReview } from "../../provider/resources/review";
import { unknownInPlan } from "../../provider/resources/savedPlan";

let folder: string;
const cache = process.env["XDG_CACHE_HOME"];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "gpuhost-review-"));
  process.env["XDG_CACHE_HOME"] = folder;
});
afterEach(() => {
  if (cache === undefined) delete process.env["XDG_CACHE_HOME"];
  else process.env["XDG_CACHE_HOME"] = cache;
  rmSync(folder, { recursive: true, force: true });
});

const engine = { pid: 7, started: "100", arguments: [] };
const reviewed = { host: "h0", proposal: "planned", plan: { "device a": "x -> y" } };

describe("what a preview showed", () => {
  it("is found by the update of the same engine process, and by no other", () => {
    writeReview("shop", "org/prod", engine, { "VfioBinding h0": reviewed });
    expect(readReview("shop", "org/prod", engine)).toEqual({ "VfioBinding h0": reviewed });
    expect(readReview("shop", "org/prod", { ...engine, started: "101" })).toBeUndefined();
    expect(readReview("shop", "org/prod", { ...engine, pid: 8 })).toBeUndefined();
    expect(readReview("shop", "org/test", engine)).toBeUndefined();
  });

  it("is for nobody else's eyes, and old ones go", () => {
    const reviews = join(folder, "pulumi-gpuhost", "reviews");
    writeReview("shop", "prod", engine, {});
    const old = join(reviews, "old.json");
    writeFileSync(old, "{}");
    utimesSync(old, 0, 0);
    writeReview("shop", "prod", engine, {});
    expect(readdirSync(reviews)).toEqual(["shop-prod-7-100.json"]);
    expect(statSync(join(reviews, "shop-prod-7-100.json")).mode & 0o777).toBe(0o600);
  });

  it("has moved when anything is more, less or other", () => {
    const now = (plan: Record<string, string>) => movedSince(reviewed, { ...nothing("planned", ""), plan });
    expect(now({ "device a": "x -> y" })).toEqual([]);
    expect(now({ "device a": "z -> y" })).toEqual(['device a: reviewed "x -> y", now "z -> y"']);
    expect(now({ "device a": "x -> y", "file b": "written" })).toEqual(['file b: not in the reviewed plan, now "written"']);
    expect(now({})).toEqual(['device a: reviewed "x -> y", now nothing is to be done']);
  });

  it("has not moved where the host does not answer any more: nothing is done there", () => {
    expect(movedSince(reviewed, nothing("unreachable", "gone"))).toEqual([]);
  });
});

describe("a saved plan", () => {
  const file = (plan: unknown): string => {
    const path = join(folder, "plan.json");
    writeFileSync(path, JSON.stringify({
      resourcePlans: { "urn:pulumi:dev::test::gpuhost:index:GpuHost$pulumi-nodejs:dynamic/gpuhost:VfioBinding::h0": { goal: { inputDiff: { adds: { plan } } } } },
    }));
    return path;
  };

  it.each<[string, unknown, string, boolean]>([
    ["a plan that was shown", { "device a": "x -> y" }, "VfioBinding h0", false],
    ["a plan that was not known", UNKNOWN, "VfioBinding h0", true],
    ["another resource", { "device a": "x -> y" }, "VfioBinding h1", true],
    ["another kind", { "device a": "x -> y" }, "HostReboot h0", true],
  ])("with %s", (_what, plan, key, unknown) => {
    expect(unknownInPlan(file(plan), key)).toBe(unknown);
  });

  it("that cannot be read has shown nothing", () => {
    expect(unknownInPlan(join(folder, "none.json"), "VfioBinding h0")).toBe(true);
  });
});

describe("the engine's process", () => {
  it("is this one where no pulumi is above it", () => {
    const { pid, started } = engineProcess();
    expect(pid).toBe(process.pid);
    expect(started).not.toBe("");
  });

  it.each<[string, string[], string | undefined]>([
    ["no plan", ["pulumi", "up"], undefined],
    ["a plan", ["pulumi", "up", "--plan", "/p/a.json"], "/p/a.json"],
    ["a plan after an equals sign", ["pulumi", "up", "--plan=/p/a.json"], "/p/a.json"],
    ["a plan that is only to be saved", ["pulumi", "preview", "--save-plan=/p/a.json"], undefined],
  ])("with %s on its command line", (_what, args, file) => {
    expect(planFile({ pid: process.pid, started: "", arguments: args })).toBe(file);
  });
});
