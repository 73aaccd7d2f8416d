import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseCommandLine, printCommandLine, sameParameter, valuesOf } from "../../provider/facts/commandLine";

/** Text, and what lib/cmdline.c next_arg makes of it: "name" or "name=value" pairs. */
const cases: [string, string, [string, string | null][]][] = [
  ["flags and blanks", "  quiet \t splash\n", [["quiet", null], ["splash", null]]],
  ["only the first = splits", "a=b=c", [["a", "b=c"]]],
  ["a quoted value keeps its blanks", 'dyndbg="file x +p" ro', [["dyndbg", "file x +p"], ["ro", null]]],
  ["quotes around the whole argument, as GRUB writes it", '"dyndbg=file x +p" ro', [["dyndbg", "file x +p"], ["ro", null]]],
  ["a closing quote in the middle stays", 'a="b c"d', [["a", 'b c"d']]],
  ["a quote inside a name toggles and stays", 'a"b c"=d', [['a"b c"', "d"]]],
  ["single quotes are ordinary", "a='b c'", [["a", "'b"], ["c'", null]]],
  ["an empty value is not no value", 'a= b="" c', [["a", ""], ["b", ""], ["c", null]]],
  ["a leading = belongs to the name", "=a =b=c", [["=a", null], ["=b", "c"]]],
  ["an unclosed quote runs to the end", 'a="b c d', [["a", "b c d"]]],
  ["what follows -- is listed too", "ro -- single", [["ro", null], ["--", null], ["single", null]]],
  ["nothing", "", []],
];

describe("parseCommandLine", () => {
  test.each(cases)("%s", (_, text, expected) => {
    expect(parseCommandLine(text)).toEqual(expected.map(([name, value]) => ({ name, value })));
  });

  const word = fc.stringMatching(/^[a-zA-Z0-9_.,:;@!*-]{1,12}$/);
  const argument = fc.record({ name: word, value: fc.oneof(fc.constant(null), fc.stringMatching(/^[a-zA-Z0-9=/+*' .-]{0,20}$/)) });

  test("what was printed reads back the same", () => {
    fc.assert(fc.property(fc.array(argument), (args) => {
      expect(parseCommandLine(printCommandLine(args))).toEqual(args);
    }));
  });

  test("ends on any text, and reads the same after a round of printing for text without quotes", () => {
    fc.assert(fc.property(fc.string({ unit: fc.constantFrom("a", "=", " ", "-", "\t", ",", "'") }), (text) => {
      const args = parseCommandLine(text);
      expect(parseCommandLine(printCommandLine(args))).toEqual(args);
    }));
    fc.assert(fc.property(fc.string(), (text) => {
      expect(parseCommandLine(text).length).toBeLessThanOrEqual(text.length);
    }));
  });
});

test("names are equal when they differ in - and _ only", () => {
  expect(sameParameter("vfio-pci.ids", "vfio_pci.ids")).toBe(true);
  expect(sameParameter("iommu", "intel_iommu")).toBe(false);
  expect(valuesOf(parseCommandLine("vfio-pci.ids=1 vfio_pci.ids=2 vfio_pci.ids"), "vfio_pci.ids")).toEqual(["1", "2", null]);
});
