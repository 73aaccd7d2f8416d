import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fold, unfold } from "../../provider/controllers/fold";

const words = fc.array(fc.string({ maxLength: 40 }), { maxLength: 60 }).map((all) => all.join(" "));

describe("long sentences", () => {
  it("come back as they were, whatever is in them", () => {
    fc.assert(fc.property(fc.dictionary(fc.string(), words), (lines) => {
      expect(unfold(fold(lines))).toEqual({ ...lines });
    }));
  });

  it("are in parts that a preview shows whole", () => {
    fc.assert(fc.property(words, (says) => {
      const folded = fold({ host: says })["host"];
      for (const part of typeof folded === "string" ? [folded] : folded ?? []) expect(part.length).toBeLessThanOrEqual(150);
    }));
  });
});
