import { describe, expect, test } from "vitest";
import { modeNames } from "../../../provider/readiness/sharing/mode";
import { factsOf } from "../../facts/trees";
import { allCases, sharingOf, treeOf, unaskedContexts, unaskedStack, written } from "./cases";

describe("modes of the GPUs of a host", () => {
  test.each(allCases())("%s", (_, one) => {
    const { modes, platformGpus = {}, stack = unaskedStack, contexts = unaskedContexts } = one;
    expect(written(sharingOf(factsOf(treeOf(one)), one.policy))).toStrictEqual({ modes, platformGpus, stack, contexts });
  });

  test("every mode is said of every GPU, with what or why exactly where it is not possible now", () => {
    for (const [name, one] of allCases()) {
      const report = sharingOf(factsOf(treeOf(one)), one.policy);
      for (const modes of [...report.cards.values(), ...report.platformGpus.map(({ modes: of }) => of)]) {
        expect(modes.map(({ mode }) => mode), name).toEqual(modeNames);
        for (const { state, after, because } of modes) expect([state, (after ?? []).length > 0, (because ?? []).length > 0], name).toEqual([state, state === "after", state === "impossible" || state === "unknown"]);
      }
    }
  });

  test("mediated devices are possible now only where something offers a type of them", () => {
    const now = allCases().flatMap(([, { modes }]) => Object.values(modes)).flatMap(({ mdev }) => (mdev?.state === "now" ? [mdev] : []));
    expect(now.length).toBeGreaterThan(0);
    expect(now.filter(({ evidence }) => !evidence.some((text) => text.startsWith("types ")))).toEqual([]);
  });

  test("each mode and each state but one that no release of Nova has is among the cases", () => {
    const seen = new Set(allCases().flatMap(([, one]) => Object.values(one.modes).flatMap((modes) => Object.entries(modes).map(([mode, { state }]) => `${mode} ${state}`))));
    expect([...seen].sort()).toEqual(["mdev after", "mdev impossible", "mdev now", "mdev unknown", "paravirtual impossible", "paravirtual unknown", "passthrough after", "passthrough impossible", "passthrough now", "passthrough unknown", "sriov after", "sriov impossible", "sriov now", "sriov unknown"]);
  });
});
