import { describe, expect, it } from "vitest";
import type { HostFacts, JournalFacts, TrialBoot } from "../../provider/facts/hostFacts";
import { absent, value } from "../../provider/facts/reading";
import { hostState, type MemberOutcome } from "../../provider/fleet/hostState";

const transaction = (id: string, state: JournalFacts["transactions"][number]["state"], says = ""): JournalFacts["transactions"][number] => ({ id, owner: "VfioBinding", state, says });
const factsWith = (transactions: JournalFacts["transactions"] = [], trial?: TrialBoot): HostFacts =>
  ({ journal: { transactions, trial: trial === undefined ? absent : value(trial) }, system: { bootId: value("boot-2") } }) as unknown as HostFacts;
const done: MemberOutcome = { kind: "VfioBinding", proposal: "converged", verdict: "applied", says: "" };
const planned: MemberOutcome = { ...done, proposal: "planned", verdict: undefined };
const refused: MemberOutcome = { ...planned, proposal: "refused", says: "refused (came-back-without): ..." };
const trial: TrialBoot = { state: "armed", arguments: [], of: ["arguments"], bootId: "boot-1" };

describe("a host of a fleet", () => {
  it("is done when every resource is as wanted and the card is proven", () => {
    expect(hostState([done, { ...done, kind: "IommuVerification", verdict: "ready" }], factsWith()).state).toBe("done");
  });

  it("is pending when something is to be done, whatever was done well before", () => {
    expect(hostState([done, planned], factsWith([transaction("20261121T093000-0a", "failed"), transaction("20261121T094000-0b", "done")])).state).toBe("pending");
  });

  it("is pending while it waits for a person to reboot it", () => {
    expect(hostState([{ ...done, verdict: "needs-reboot", says: "waits for a reboot" }, { ...done, verdict: "not-ready" }], factsWith())).toMatchObject({ state: "pending", says: "waits for a reboot" });
  });

  it.each(["failed", "undone", "interrupted"] as const)("failed when the newest transaction ended as %s", (state) => {
    const facts = factsWith([transaction("20261121T094000-0b", state, "no room in /boot"), transaction("20261121T093000-0a", "done")]);
    expect(hostState([planned], facts)).toMatchObject({ state: "failed", says: `what VfioBinding last did there ended as ${state}: no room in /boot` });
    expect(hostState([refused], facts).state).toBe("failed");
  });

  it("failed when all was done and the card is not ready", () => {
    expect(hostState([done, { ...done, verdict: "not-ready", says: "a stranger in the group" }], factsWith())).toMatchObject({ state: "failed", says: "a stranger in the group" });
  });

  it("failed when a trial boot came to nothing, and is refused by a rule otherwise", () => {
    expect(hostState([refused], factsWith([], trial)).state).toBe("failed");
    expect(hostState([refused], factsWith([], { ...trial, bootId: "boot-2" })).state).toBe("refused");
    expect(hostState([refused], factsWith([], { ...trial, seenRunning: true })).state).toBe("refused");
    expect(hostState([refused], factsWith()).state).toBe("refused");
  });

  it("is unreachable where it was not read", () => {
    expect(hostState([{ ...planned, proposal: "unreachable", says: "nothing listens" }], factsWith())).toMatchObject({ state: "unreachable", says: "nothing listens" });
    expect(hostState([planned], undefined).state).toBe("unreachable");
  });

  it("was last touched when its newest transaction began", () => {
    const facts = factsWith([transaction("20261121T094000-0b", "done"), transaction("20261121T093000-0a", "done")]);
    expect(hostState([done], facts).touchedAt).toBe(Date.UTC(2026, 10, 21, 9, 40, 0) / 1000);
    expect(hostState([done], factsWith()).touchedAt).toBeUndefined();
  });
});
