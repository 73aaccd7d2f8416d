import fc from "fast-check";
import { expect, it } from "vitest";
import { announcement } from "../../provider/fleet/announcement";
import { heard } from "../../provider/fleet/heard";
import type { Course } from "../../provider/fleet/turns";

const name = fc.stringMatching(/^[a-z][a-z0-9.-]{0,12}$/);
const soak = fc.integer({ min: 1_700_000_000, max: 4_000_000_000 }).map((until) => ({
  until, says: `the wave before it is watched until ${new Date(until * 1000).toISOString().slice(0, 19)}Z (soakSeconds is 60)`,
}));
const stop = fc.record({ says: fc.array(name, { minLength: 1, maxLength: 20 }).map((names) => `${names.length} of the hosts before it failed or do not answer (${names.join(", ")}), and stopAfterFailures is 1`) });
const course = fc.record({
  waves: fc.integer({ min: 1, max: 900 }), wave: fc.option(fc.integer({ min: 1, max: 900 }), { nil: undefined }), going: fc.array(name, { maxLength: 30 }),
  waiting: fc.array(name).map((names) => new Map(names.map((one) => [one, "waits"]))), failed: fc.array(fc.tuple(name, fc.string())).map((all) => new Map(all)),
});

it("hears of every announcement which fleet it is about, which wave, and what keeps it", () => {
  fc.assert(fc.property(name, course, fc.option(fc.oneof(soak, stop), { nil: undefined }), (fleet, some, kept) => {
    const of: Course = { ...some, stopped: some.wave === undefined ? undefined : kept?.says };
    const { says, warns } = announcement(fleet, of);
    expect(heard(says)).toEqual({ fleet, waves: of.waves, ...(of.wave === undefined ? {} : { wave: of.wave }) });
    if (of.stopped === undefined) return;
    expect(heard(warns ?? "")).toEqual({ fleet, wave: of.wave, stopped: of.stopped, ...(kept !== undefined && "until" in kept ? { soaksUntil: kept.until } : {}) });
  }));
});

it("takes nothing else for an announcement", () => {
  fc.assert(fc.property(fc.string(), (text) => { expect(heard(text)).toBeUndefined(); }));
  expect(heard("GpuFleet region: 2 hosts failed: hv1: wave 3 does not begin: no.")).toBeUndefined();
});
