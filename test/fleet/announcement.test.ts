import { expect, it } from "vitest";
import { announcement } from "../../provider/fleet/announcement";
import type { Course } from "../../provider/fleet/turns";

const course: Course = { waves: 5, wave: 2, going: ["hv2", "hv3"], waiting: new Map([["hv4", "waits for wave 3 of 5"]]), failed: new Map() };

it("says which wave goes, with whom, and how many wait", () => {
  expect(announcement("region", course)).toEqual({ says: "GpuFleet region: wave 2 of 5 goes now (2 hosts: hv2, hv3); 1 host waits for a later run.", warns: undefined });
});

it("says what keeps a wave, and what failed", () => {
  const stopped = { ...course, going: ["hv1"], stopped: "1 of the hosts before it failed or do not answer (hv1), and stopAfterFailures is 1", failed: new Map([["hv1", "the disk is full"]]) };
  expect(announcement("region", stopped)).toEqual({
    says: "GpuFleet region: wave 2 of 5 does not begin; 1 host waits for a later run.",
    warns: "GpuFleet region: wave 2 does not begin: 1 of the hosts before it failed or do not answer (hv1), and stopAfterFailures is 1. GpuFleet region: 1 host failed: hv1: the disk is full",
  });
});

it("names a dozen hosts and counts the others", () => {
  const many = Array.from({ length: 40 }, (_, at) => `hv${at}`);
  expect(announcement("region", { ...course, going: many }).says).toContain("hv11, and 28 more)");
});

it("says when nothing is left", () => {
  expect(announcement("region", { ...course, wave: undefined, going: [], waiting: new Map() }).says).toBe("GpuFleet region: all waves have passed (5); no host waits.");
});
