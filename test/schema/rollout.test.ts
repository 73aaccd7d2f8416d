import { describe, expect, it } from "vitest";
import type { FleetMember } from "../../provider/fleet/rollout";
import { parseRollout } from "../../provider/schema/rollout";

const fleet: FleetMember[] = [{ name: "hv1", domains: { rack: ["r1"] } }, { name: "hv2", domains: {} }];
const errors = (given: unknown): readonly string[] => {
  const parsed = parseRollout(given, fleet);
  return "errors" in parsed ? parsed.errors.map(({ path, reason }) => `${path}: ${reason}`) : [];
};

describe("how a fleet is rolled out", () => {
  it("is one host after the other, a canary first, unless something else is said", () => {
    expect(parseRollout({}, fleet)).toEqual({ rollout: { canary: 1, maxUnavailable: 1, maxUnavailablePer: {}, stopAfterFailures: 1, soakSeconds: 0 } });
  });

  it("takes counts and shares", () => {
    expect(errors({ canary: ["hv2"], maxUnavailable: "10%", maxUnavailablePer: { rack: 1 }, stopAfterFailures: "5%", soakSeconds: 60 })).toEqual([]);
  });

  it.each([
    [{ canary: ["hv3"] }, 'canary[0]: no host of the fleet is called "hv3"'],
    [{ maxUnavailablePer: { zone: 1 } }, 'maxUnavailablePer.zone: no host says its zone: domains: { zone: "..." }'],
    [{ maxUnavailable: 0 }, 'maxUnavailable: expected a number of hosts, a whole number from 1 on or a share from "1%" to "100%", found 0'],
    [{ maxUnavailable: "150%" }, 'maxUnavailable: expected a number of hosts, a whole number from 1 on or a share from "1%" to "100%", found "150%"'],
    [{ maxUnavailable: "0%" }, 'maxUnavailable: expected a number of hosts, a whole number from 1 on or a share from "1%" to "100%", found "0%"'],
    [{ maxUnavailablePer: { rack: "0%" } }, "maxUnavailablePer.rack: expected a number of hosts"],
    [{ stopAfterFailures: "00%" }, "stopAfterFailures: expected a number of hosts"],
    [{ soakSeconds: -1 }, "soakSeconds: "],
    [{ canery: 2 }, 'canery: "canery" is not known here; did you mean "canary"?'],
  ])("reports %j by the path of the field", (given, expected) => {
    expect(errors(given).join("\n")).toContain(expected);
  });
});
