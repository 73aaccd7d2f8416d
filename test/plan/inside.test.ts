import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { insideReviewed } from "../../provider/plan/inside";

const lines = fc.dictionary(fc.constantFrom("host", "boot entries", "file /a", "device 0000:01:00.0", "__proto__", "toString"), fc.constantFrom("write", "keep", ""));

describe("insideReviewed", () => {
  it("takes what is the same, and what is less", () => {
    fc.assert(fc.property(lines, fc.nat(5), (reviewed, kept) => {
      expect(insideReviewed(reviewed, Object.fromEntries(Object.entries(reviewed).slice(0, kept)))).toEqual({ moved: [] });
    }));
  });

  it("names each target that is more or other", () => {
    fc.assert(fc.property(lines, lines, (reviewed, today) => {
      const { moved } = insideReviewed(reviewed, today);
      const other = Object.keys(today).filter((target) => !Object.hasOwn(reviewed, target) || reviewed[target] !== today[target]);
      expect(moved.map((text) => text.slice(0, text.lastIndexOf(": ", text.indexOf(' "')))).toSorted()).toEqual(other.toSorted());
    }));
  });

  it("says in words what moved", () => {
    expect(insideReviewed({ host: "reboot" }, { host: "reboot twice", "file /etc/x": "written" }).moved).toEqual([
      'file /etc/x: not in the reviewed plan, now "written"', 'host: reviewed "reboot", now "reboot twice"',
    ]);
  });
});
