import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { HostFacts } from "../../provider/facts/hostFacts";
import type { Finding } from "../../provider/readiness/finding";
import { policyFor, trustLevels, type GpuPolicy, type PolicyException } from "../../provider/readiness/gpuPolicy";
import { judge } from "../../provider/readiness/judge";
import { deviceTable } from "../../provider/readiness/deviceTable";
import { knownDevice } from "../../provider/readiness/knownDevices";
import { applyPolicy, hostRefusals } from "../../provider/readiness/policy";
import type { Policy } from "../../provider/readiness/rule";
import { rank, ruleNames, traitsOf, type RuleName } from "../../provider/readiness/ruleNames";
import { policySchema } from "../../provider/schema/policy";
import { aCard, addFunction, audio, configSpace, factsOf, gpu } from "../facts/trees";

const second = "0000:a1:00.0";
const addresses = [gpu, audio, second, "0000:66:00.0"] as const;
const today = "2026-11-21";

const day = fc.constantFrom("2026-01-31", "2026-11-20", "2026-11-21", "2026-11-22", "2027-12-31");
const rule = fc.constantFrom(...ruleNames);
const severity = fc.constantFrom<Finding["severity"]>("note", "warn", "refuse");
const exception = fc.record({ host: fc.constant("hv1"), address: fc.constantFrom(...addresses), rule, reason: fc.constant("why"), owner: fc.constant("who"), expires: day });
const finding = fc.record({ rule: fc.oneof(rule, fc.constant("group-changed")), severity, addresses: fc.uniqueArray(fc.constantFrom(...addresses), { minLength: 1 }).map((of) => of.toSorted()), says: fc.constant("It is so."), remedy: fc.constant("Do this.") });
const lowered = fc.record({ rule, reason: fc.constant("why"), owner: fc.constant("who"), expires: day });
const gpuPolicy: fc.Arbitrary<GpuPolicy> = fc.record({
  severities: fc.record({ "multi-tenant": fc.dictionary(rule, severity), "trusted-projects": fc.dictionary(rule, severity) }, { requiredKeys: [] }),
  lowered: fc.array(lowered), exceptions: fc.array(exception),
}, { requiredKeys: [] });
const policy: fc.Arbitrary<Policy> = fc.record({ trustLevel: fc.constantFrom(...trustLevels), reviewed: gpuPolicy });

const severitiesOf = (findings: readonly Finding[]): string[] => findings.map((one) => one.severity);

describe("applyPolicy, whatever the policy and the findings", () => {
  test("an exception changes no finding of another rule, and none that is not about its address", () => {
    fc.assert(fc.property(fc.array(finding), policy, exception, (findings, of, more) => {
      const exceptions = [...(of.reviewed?.exceptions ?? []), more];
      const before = applyPolicy(findings, of, today, gpu);
      const after = applyPolicy(findings, { ...of, reviewed: { ...of.reviewed, exceptions } }, today, gpu);
      for (const [at, one] of findings.entries()) {
        const about = one.addresses.filter((address) => address !== gpu);
        if (one.rule !== more.rule || !(about.length > 0 ? about : [gpu]).includes(more.address)) expect(after[at]).toEqual(before[at]);
      }
    }));
  });

  test("an exception that has expired lets nothing pass, and as long as the date is not known none does", () => {
    fc.assert(fc.property(fc.array(finding), policy, (findings, of) => {
      const without = { ...of, reviewed: { ...of.reviewed, exceptions: (of.reviewed?.exceptions ?? []).filter(({ expires }) => expires >= today) } };
      expect(severitiesOf(applyPolicy(findings, of, today, gpu))).toEqual(severitiesOf(applyPolicy(findings, without, today, gpu)));
      const none = { ...of, reviewed: { ...of.reviewed, exceptions: [], lowered: [] } };
      expect(severitiesOf(applyPolicy(findings, of, undefined, gpu))).toEqual(severitiesOf(applyPolicy(findings, none, undefined, gpu)));
    }));
  });

  test("no day is milder than one before it", () => {
    fc.assert(fc.property(fc.array(finding), policy, day, day, (findings, of, one, other) => {
      const [earlier = one, later = other] = [one, other].toSorted();
      const [before, after] = [earlier, later].map((on) => applyPolicy(findings, of, on, gpu));
      for (const [at, then] of (before ?? []).entries()) expect(rank(after?.[at]?.severity ?? "note")).toBeGreaterThanOrEqual(rank(then.severity));
    }));
  });

  test("what the kernel refuses, and what no policy may name, is never milder than it was", () => {
    fc.assert(fc.property(fc.array(finding), policy, fc.option(day, { nil: undefined }), (findings, of, on) => {
      for (const [at, one] of applyPolicy(findings, of, on, gpu).entries()) {
        const was = findings[at];
        if ((traitsOf(one.rule)?.lowering ?? "proof") === "proof") expect(rank(one.severity)).toBeGreaterThanOrEqual(rank(was?.severity ?? "refuse"));
      }
    }));
  });

  test("among strangers a finding without an exception of its own goes down one step at most, and isolation not at all", () => {
    fc.assert(fc.property(fc.array(finding), gpuPolicy, (findings, reviewed) => {
      for (const [at, one] of applyPolicy(findings, { trustLevel: "multi-tenant", reviewed }, today, gpu).entries()) {
        const was = findings[at];
        if (one.exceptions?.some((each) => each.counts) === true || was === undefined) continue;
        const down = rank(was.severity) - rank(one.severity);
        expect(down).toBeLessThanOrEqual(traitsOf(one.rule)?.lowering === "judgement" ? 1 : 0);
      }
    }));
  });

  test("nothing is taken away: the same rules about the same addresses, each with all that it said", () => {
    fc.assert(fc.property(fc.array(finding), policy, (findings, of) => {
      const after = applyPolicy(findings, of, today, gpu);
      expect(after.map((one) => [one.rule, one.addresses])).toEqual(findings.map((one) => [one.rule, one.addresses]));
      for (const [at, one] of after.entries()) expect(one.says.startsWith(findings[at]?.says ?? "?")).toBe(true);
    }));
  });
});

describe("judge with a policy", () => {
  const excepting = (rule: RuleName, address: string, more: Partial<PolicyException> = {}): Policy => ({
    trustLevel: "multi-tenant", reviewed: { exceptions: [{ host: "hv1", address, rule, reason: "tested", owner: "alice", expires: today, ...more }] },
  });
  const host = (): HostFacts => {
    const tree = aCard({ driver: "vfio-pci", companion: "vfio-pci", gpu: { reset: "" }, audio: { config: configSpace({ ats: true }) } });
    addFunction(tree, second, { ids: "10de:1eb8", group: 20, driver: "vfio-pci", reset: "" });
    return { ...factsOf(tree.addPath("/dev/vfio/12").addPath("/dev/vfio/20")), readOn: today };
  };
  const verdicts = (of: Policy, facts = host()): Record<string, string> => Object.fromEntries(judge(facts, of).gpus.map((one) => [one.address, one.verdict]));

  test("one exception for each thing that refuses: the card's own, and its audio function's", () => {
    expect(verdicts(excepting("no-reset-method", gpu))).toEqual({ [gpu]: "refused", [second]: "refused" });
    const both: Policy = { trustLevel: "multi-tenant", reviewed: { exceptions: [...(excepting("no-reset-method", gpu).reviewed?.exceptions ?? []), ...(excepting("ats-enabled", audio).reviewed?.exceptions ?? [])] } };
    expect(verdicts(both)).toEqual({ [gpu]: "ready", [second]: "refused" });
    const [card] = judge(host(), both).gpus;
    expect(card?.findings.filter((one) => one.exceptions !== undefined).map((one) => [one.rule, one.severity, one.exceptions])).toEqual([
      ["no-reset-method", "warn", [{ address: gpu, reason: "tested", owner: "alice", expires: today, counts: true }]],
      ["ats-enabled", "warn", [{ address: audio, reason: "tested", owner: "alice", expires: today, counts: true }]],
    ]);
  });

  test("the day after, it refuses again and says so", () => {
    const report = judge({ ...host(), readOn: "2026-11-22" }, excepting("no-reset-method", second));
    const [refusal] = report.gpus.find((one) => one.address === second)?.findings ?? [];
    expect(refusal).toMatchObject({ rule: "no-reset-method", severity: "refuse", exceptions: [{ counts: false }] });
    expect(refusal?.says).toContain("expired on 2026-11-21");
  });

  test("a refusal of the host passes for the named card, and refuses the other one", () => {
    const facts = { ...host(), vfio: { ...host().vfio, noIommuMode: { kind: "value", value: true } as const } };
    const report = judge(facts, excepting("noiommu-mode", second));
    expect(report.findings.map((one) => `${one.severity} ${one.rule}`)).toContain("refuse noiommu-mode");
    expect(report.gpus.map((one) => hostRefusals(report.findings, one).map((each) => each.rule))).toEqual([["noiommu-mode"], []]);
  });

  test("a policy without a word on this host changes nothing", () => {
    const reviewed = policyFor("hv2", excepting("no-reset-method", second).reviewed ?? {});
    expect(judge(host(), { trustLevel: "multi-tenant", reviewed })).toEqual(judge(host()));
  });

  test("what was not read is never ready, whatever is excepted and lowered", () => {
    const facts = { ...host(), kernelCommandLine: { ...host().kernelCommandLine, running: { kind: "unreadable", reason: "denied" } as const } };
    fc.assert(fc.property(policy, (of) => { expect(Object.values(verdicts(of, facts))).not.toContain("ready"); }));
  });
});

describe("policyFor", () => {
  test("keeps the exceptions of the host by its exact name and the severities of the level, and gives a policy again", () => {
    fc.assert(fc.property(gpuPolicy, fc.constantFrom(...trustLevels), (of, level) => {
      const kept = policyFor("hv1", of, level);
      expect(kept.exceptions ?? []).toEqual(of.exceptions ?? []);
      expect(policyFor("hv1.example.org", of, level).exceptions).toBeUndefined();
      expect(Object.keys(kept.severities ?? {})).toEqual(of.severities?.[level as "multi-tenant"] === undefined ? [] : [level]);
      expect(policyFor("hv1", kept, level)).toEqual(kept);
      if (policySchema.safeParse(of).success) expect(policySchema.safeParse(kept).success).toBe(true);
    }));
  });
});

test("policyFor takes the level of the policy, and strangers' where it names none", () => {
  const severities = { "multi-tenant": { "boot-display": "refuse" }, "single-tenant": { "boot-display": "note" } } as const;
  expect(policyFor("hv1", { trustLevel: "single-tenant", severities }).severities).toEqual({ "single-tenant": { "boot-display": "note" } });
  expect(policyFor("hv1", { severities }).severities).toEqual({ "multi-tenant": { "boot-display": "refuse" } });
});

test("policyFor keeps what is about the host and the level, and nothing else", () => {
  const expires = "2027-01-01";
  const exception = (host: string): PolicyException => ({ host, address: gpu, rule: "ats-enabled", reason: "tested", owner: "alice", expires });
  const devices = { "10de:20b5": { name: "ours" } };
  const whole: GpuPolicy = {
    trustLevel: "trusted-projects", severities: { "multi-tenant": { "boot-display": "refuse" }, "trusted-projects": { "boot-display": "note" } },
    lowered: [{ rule: "no-reset-method", reason: "ours", owner: "bob", expires }], devices, exceptions: [exception("hv1"), exception("hv2")],
  };
  expect(policyFor("hv1", whole, "multi-tenant")).toEqual({ ...whole, severities: { "multi-tenant": { "boot-display": "refuse" } }, exceptions: [exception("hv1")] });
  expect(policyFor("hv3", whole)).toEqual({ trustLevel: "trusted-projects", severities: { "trusted-projects": { "boot-display": "note" } }, devices });
  expect(policyFor("hv1", {})).toEqual({});
});

describe("known devices", () => {
  const device = factsOf(aCard({ gpu: { ids: "10de:2330" } })).pciDevices.find((one) => one.address === gpu);
  if (device === undefined) throw new Error("no card");

  test("a policy extends built-in data field by field, and ids with a subsystem go before ids without", () => {
    expect(knownDevice(device)).toEqual({ name: "H100 SXM5", fabric: "nvswitch", sharing: ["passthrough", "sriov", "mdev"] });
    const ofPolicy = { "10de:2330:10de:1533": { name: "ours" }, "10de:2330": { name: "all", fabric: "none" as const }, "10de:2331": { name: "another" } };
    expect(knownDevice(device, ofPolicy)).toEqual({ name: "ours", fabric: "none", sharing: ["passthrough", "sriov", "mdev"] });
  });

  test.each(["10de:1eb8", "10de:20b5", "10de:2330", "10de:2901", "10de:26b9", "1002:740f", "1002:74a1", "1002:75a3", "8086:56c0", "8086:e211"])("%s is known", (ids) => {
    expect(deviceTable.get(ids)?.name).toBeDefined();
    expect(deviceTable.get(ids)?.sharing).toContain("passthrough");
  });

  test("every entry of the built-in data could stand in a policy", () => {
    expect(policySchema.safeParse({ devices: Object.fromEntries(deviceTable) }).error?.issues).toBeUndefined();
  });
});
