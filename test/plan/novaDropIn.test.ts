import { describe, expect, it } from "vitest";
import { assignmentsBack, novaDropInText, type NovaAssignment } from "../../provider/plan/novaDropIn";

const spec: NovaAssignment = { section: "pci", key: "device_spec", value: '{"address":"0000:65:00.0"}' };
const reports: NovaAssignment = { section: "pci", key: "report_in_placement", value: "true" };

describe("a drop-in that is put back", () => {
  it("is what it was before, or no file", () => {
    expect(assignmentsBack([spec], novaDropInText([spec, spec]), true)).toEqual([spec]);
    expect(assignmentsBack(undefined, novaDropInText([spec]), true)).toBeUndefined();
    expect(assignmentsBack(undefined, novaDropInText([spec, reports]), false)).toBeUndefined();
  });

  it("keeps the switch that Nova has acted on, without which it would not start any more", () => {
    expect(assignmentsBack(undefined, novaDropInText([spec, reports]), true)).toEqual([reports]);
    expect(assignmentsBack([spec], novaDropInText([spec, reports]), true)).toEqual([spec, reports]);
    expect(assignmentsBack([spec, reports], novaDropInText([reports]), true)).toEqual([spec, reports]);
  });
});
