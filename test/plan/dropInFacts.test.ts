import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseCommandLine, printCommandLine } from "../../provider/facts/commandLine";
import { applyGpuhostDropIn, isGpuhostDropIn, parseGpuhostDropIn } from "../../provider/facts/gpuhostDropIn";
import { applyToTokens } from "../../provider/facts/applyArguments";
import { dropInText } from "../../provider/plan/gpuhostDropIn";

const token = fc.constantFrom("intel_iommu=on", "intel_iommu=off", "iommu=pt", "pci=realloc", "pci=noats,realloc", "pci=noaer", "quiet", "console=ttyS0", "console=ttyS0,115200", "a-b.c=1", "a_b.c=2");
const unwanted = fc.oneof(token, fc.constantFrom("a_b.c=*", "console=*", "pci=noaer"));
const generation = fc.record({ shouldExist: fc.array(token, { maxLength: 3 }), shouldNotExist: fc.array(unwanted, { maxLength: 3 }), added: fc.array(token), had: fc.array(token) });
const dropIn = fc.record({ state: fc.constantFrom("trial" as const, "kept" as const), wanted: generation, before: generation });

describe("what the facts make of our drop-in", () => {
  it("is what was written", () => {
    fc.assert(fc.property(dropIn, (of) => {
      const text = dropInText(of);
      expect(isGpuhostDropIn(text)).toBe(true);
      expect(parseGpuhostDropIn(text)).toEqual({
        state: of.state, shouldExist: of.wanted.shouldExist, shouldNotExist: of.wanted.shouldNotExist, keptShouldExist: of.before.shouldExist, keptShouldNotExist: of.before.shouldNotExist,
      });
    }));
  });

  it("is the command line that its script makes of the default entries", () => {
    fc.assert(fc.property(dropIn, fc.array(token, { maxLength: 5 }), (of, line) => {
      const parsed = parseGpuhostDropIn(dropInText(of));
      const args = parseCommandLine(line.join(" "));
      expect(parsed && printCommandLine(applyGpuhostDropIn(args, parsed))).toBe(printCommandLine(applyToTokens(args, of.state === "kept" ? of.wanted : of.before)));
    }), { numRuns: 2000 });
  });
});
