import { execFileSync } from "node:child_process";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { applyArguments } from "../../provider/facts/applyArguments";
import type { GrubVariables, WantedArguments } from "../../provider/facts/applyArguments";
import { dropInText, NOTHING_WANTED, readDropIn } from "../../provider/plan/gpuhostDropIn";
import { availableShells } from "./shells";

/** Runs many drop-ins in one shell (a start of its own for each would dominate): each in a subshell, answers between markers. */
function inShell(shell: readonly string[], cases: readonly { variables: GrubVariables; script: string; trial?: boolean }[]): GrubVariables[] {
  const quote = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;
  const program = cases
    .map(({ variables, script, trial }) =>
      [
        "(set -e",
        `GRUB_CMDLINE_LINUX=${quote(variables.linux)} GRUB_CMDLINE_LINUX_DEFAULT=${quote(variables.linuxDefault)}`,
        trial === false ? "unset GPUHOST_TRIAL" : "GPUHOST_TRIAL=1",
        script,
        `printf '<%s>|<%s>;' "$GRUB_CMDLINE_LINUX" "$GRUB_CMDLINE_LINUX_DEFAULT")`,
      ].join("\n"),
    )
    .join("\n");
  const [command, ...flags] = shell as [string, ...string[]];
  const out = execFileSync(command, [...flags, "-e", "-u", "-s"], { input: program, cwd: "/usr", encoding: "utf8" });
  return [...out.matchAll(/<([^>]*)>\|<([^>]*)>;/g)].map((found) => ({ linux: found[1] ?? "?", linuxDefault: found[2] ?? "?" }));
}

const name = fc.constantFrom("pci", "intel_iommu", "intel-iommu", "iommu", "quiet", "console", "a.b-c", "a.b_c", "*", "vfio-pci.ids", "[a-z]*");
const element = fc.constantFrom("on", "off", "noaer", "noats", "config_acs=1@0", "config_acs=", "", "a b", "$HOME", "`id`", "\\", "*", "~", "tty0", "'");
const value = fc.array(element, { minLength: 1, maxLength: 3 }).map((list) => list.join(","));
const bare = fc.tuple(name, fc.option(value)).map(([left, right]) => (right === null ? left : `${left}=${right}`));
const token = fc.tuple(bare, fc.constantFrom("none", "all", "value", "open")).map(([text, quotes]) => {
  if (quotes === "all") return `"${text}"`;
  if (quotes === "open") return `"${text}`;
  return quotes === "value" ? text.replace(/=(.*)$/s, '="$1"') : text;
});
const white = fc.constantFrom(" ", "  ", "\t", "\n", " \t");
const line = fc.array(fc.tuple(token, white), { maxLength: 6 }).chain((list) =>
  fc.constantFrom("", " ").map((start) => start + list.map(([text, space]) => text + space).join("")),
);
const wish = bare.filter((text) => !text.includes(" "));
const unwish = fc.oneof(wish, name.map((left) => `${left}=*`), fc.constant("pci=config_acs=*"));
const wanted: fc.Arbitrary<WantedArguments> = fc.record({
  shouldExist: fc.array(wish, { maxLength: 3 }),
  shouldNotExist: fc.array(unwish, { maxLength: 3 }),
});
const generation = fc.record({ shouldExist: fc.array(wish), shouldNotExist: fc.array(unwish), added: fc.array(wish), had: fc.array(wish) });

describe.each(availableShells())("the drop-in under %s", (_name, shell) => {
  it("means exactly what applyArguments means", () => {
    const one = fc.tuple(fc.record({ linux: line, linuxDefault: line }), wanted);
    fc.assert(
      fc.property(fc.array(one, { minLength: 30, maxLength: 30 }), (cases) => {
        const answers = inShell(shell, cases.map(([variables, wish]) => ({
          variables, script: dropInText({ state: "kept", wanted: { ...NOTHING_WANTED, ...wish }, before: NOTHING_WANTED }),
        })));
        expect(answers).toEqual(cases.map(([variables, wish]) => applyArguments(variables, wish)));
      }),
      { numRuns: 12, endOnFailure: true },
    );
  });

  it("counts on trial only where the trial is rendered, and what was kept before until then", () => {
    const script = dropInText({
      state: "trial",
      wanted: { ...NOTHING_WANTED, shouldExist: ["intel_iommu=on", "iommu=pt"], shouldNotExist: ["quiet"], had: ["quiet"] },
      before: { ...NOTHING_WANTED, shouldExist: ["intel_iommu=on"] },
    });
    const variables = { linux: "console=ttyS0", linuxDefault: "quiet" };
    expect(inShell(shell, [{ variables, script, trial: false }, { variables, script }])).toEqual([
      { linux: "console=ttyS0", linuxDefault: "quiet intel_iommu=on" },
      { linux: "console=ttyS0", linuxDefault: "intel_iommu=on iommu=pt" },
    ]);
  });
});

describe("the text of the drop-in", () => {
  it("is read back as what it was made from", () => {
    fc.assert(fc.property(fc.constantFrom("trial" as const, "kept" as const), generation, generation, (state, of, before) => {
      const dropIn = { state, wanted: of, before };
      expect(readDropIn(dropInText(dropIn))).toEqual(dropIn);
    }));
  });

  it("is nobody's when a person edited it", () => {
    const text = dropInText({ state: "kept", wanted: { ...NOTHING_WANTED, shouldExist: ["iommu=pt"] }, before: NOTHING_WANTED });
    expect(readDropIn(text.replace("gpuhost_apply\n", "true\n"))).toBeNull();
    expect(readDropIn("GRUB_CMDLINE_LINUX=quiet")).toBeNull();
  });

  it("changes in one line when the trial is kept", () => {
    const of = (state: "trial" | "kept"): string[] =>
      dropInText({ state, wanted: { ...NOTHING_WANTED, shouldExist: ["iommu=pt"], shouldNotExist: ["quiet"] }, before: NOTHING_WANTED }).split("\n");
    const kept = of("kept");
    expect(of("trial").flatMap((text, at) => (text === kept[at] ? [] : [text, kept[at]]))).toEqual(["# gpuhost state: trial", "# gpuhost state: kept"]);
  });
});
