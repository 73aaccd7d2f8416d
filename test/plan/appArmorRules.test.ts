import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decide, guestPolicy } from "../../provider/facts/guestPolicy";
import type { JournalledFile } from "../../provider/facts/hostFacts";
import { planAppArmorRules, undoAppArmorRules, type AppArmorRulesDesired } from "../../provider/plan/appArmorRules";
import { sha256 } from "../../provider/plan/hash";
import { refused } from "../../provider/plan/plan";
import type { Step } from "../../provider/plan/step";
import { parseAppArmorRules } from "../../provider/schema/appArmorRules";
import { hostFacts } from "./factsBuilder";
import { goldenCases } from "./golden";

describe("golden plans of AppArmorRules", () => goldenCases("appArmorRules", planAppArmorRules, undoAppArmorRules));

const policy = "/etc/apparmor.d/";
const abstraction = "abstractions/libvirt-qemu";
const shared = "local/abstractions/libvirt-qemu";

/** What the agent makes of the files, and of its journal; a text has no last line break here, as in facts. */
class Model {
  texts: Record<string, string>;
  readonly #before = new Map<string, string | undefined>();
  readonly #written = new Map<string, string | undefined>();

  constructor(texts: Record<string, string>, readonly shipped: string) {
    this.texts = { ...texts };
  }

  get facts() {
    const hash = (text: string | undefined): string => (text === undefined ? "absent" : sha256(`${text}\n`));
    const journalFiles = [...this.#before].map(([path, before]): JournalledFile =>
      ({ path: `${policy}${path}`, owner: "AppArmorRules", before: hash(before), written: hash(this.#written.get(path)), now: hash(this.texts[path]) }));
    return hostFacts({ appArmor: { texts: this.texts, packaged: { [`${policy}${abstraction}`]: this.shipped } }, journalFiles });
  }

  get journalled(): string[] {
    return [...this.#before.keys()];
  }

  carryOut(steps: readonly Step[]): void {
    for (const step of steps) {
      if (step.kind === "writeFile") this.#write(step.path.slice(policy.length), step.text.replace(/\n$/, ""), step.before);
      else if (step.kind === "addLine") this.#write(shared, this.texts[shared] ? `${this.texts[shared]}\n${step.line}` : step.line, step.before);
      else if (step.kind === "restoreFile") this.#restore(step.path.slice(policy.length));
      else if (step.kind !== "checkAppArmor" && step.kind !== "reloadAppArmor") throw new Error(`no model of ${step.kind}`);
    }
  }

  #write(path: string, text: string, before: string): void {
    if (before !== (this.texts[path] === undefined ? "absent" : sha256(`${this.texts[path]}\n`))) throw new Error(`${path} is not what the plan saw`);
    if (!this.#before.has(path)) this.#before.set(path, this.texts[path]);
    this.texts[path] = text;
    this.#written.set(path, text);
  }

  #restore(path: string): void {
    const before = this.#before.get(path);
    if (path === shared) {
      const left = (this.texts[path] ?? "").split("\n").filter((line) => !line.includes("gpuhost")).join("\n");
      if (left === "" && before === undefined) delete this.texts[path];
      else this.texts[path] = left;
    } else if (this.texts[path] === this.#written.get(path)) {
      if (before === undefined) delete this.texts[path];
      else this.texts[path] = before;
    }
    this.#before.delete(path);
  }
}

const template = "profile LIBVIRT_TEMPLATE {\n  #include <abstractions/libvirt-qemu>\n}";
const container = "  /dev/vfio/vfio rw,";
const overrides = fc.constantFrom(["  #include <local/abstractions/libvirt-qemu>"], ["  include if exists <local/abstractions/libvirt-qemu>"], ["  include if exists <abstractions/libvirt-qemu.d>"],
  ["  include if exists <abstractions/libvirt-qemu.d>", "  include if exists <local/abstractions/libvirt-qemu>"]);
const line = fc.constantFrom("  /dev/kvm rw,", "  # a note", "  owner /srv/** r,", "  network inet,", "  /dev/vfio/vfio r,");
const host = fc.record({ overrides, lines: fc.array(line, { maxLength: 4 }), allowed: fc.boolean(), edited: fc.boolean(), person: fc.option(fc.array(line, { maxLength: 3 }), { nil: undefined }) })
  .map(({ overrides: ways, lines, allowed, edited, person }) => {
    const shipped = [...lines, container, ...ways].join("\n");
    const texts: Record<string, string> = { "libvirt/TEMPLATE.qemu": template, [abstraction]: edited ? [...lines, ...(allowed ? [container] : []), "  /srv/added r,", ...ways].join("\n") : shipped };
    if (person !== undefined || ways[0]?.includes("#include")) texts[shared] = (person ?? []).join("\n");
    return new Model(texts, shipped);
  });
const wish: fc.Arbitrary<AppArmorRulesDesired> = fc.record({
  guestRules: fc.subarray(["/dev/hugepages/** rw,", "owner /run/x{a,b} r,"]), restorePackaged: fc.constantFrom([], [`${policy}${abstraction}`]),
});

const allowed = (model: Model): boolean => decide(guestPolicy(model.facts.appArmor.libvirt), "/dev/vfio/vfio", "rw").allowed;

describe("AppArmorRules on a model host", () => {
  it("leaves a policy that allows the way back and nothing to do, and touches no file but its own, the shared one, and what is named", () => {
    fc.assert(fc.property(host, wish, (model, wanted) => {
      const before = { ...model.texts };
      const plan = planAppArmorRules(model.facts, wanted);
      expect(refused(plan)).toBe(false);
      model.carryOut(plan.steps);
      expect(allowed(model)).toBe(true);
      expect(planAppArmorRules(model.facts, wanted)).toMatchObject({ steps: [], outputs: { reattachAllowed: true } });
      const changed = Object.keys(model.texts).filter((path) => model.texts[path] !== before[path] && !path.includes("gpuhost") && path !== shared);
      expect(wanted.restorePackaged.map((path) => path.slice(policy.length))).toEqual(expect.arrayContaining(changed));
      if (before[shared] !== undefined) expect(model.texts[shared]?.startsWith(before[shared])).toBe(true);
    }), { numRuns: 300 });
  });

  it("goes from one wish to another and back to what was there, with what people wrote in between", () => {
    fc.assert(fc.property(host, wish, wish, fc.option(line, { nil: undefined }), (model, first, second, written) => {
      const before = { ...model.texts };
      model.carryOut(planAppArmorRules(model.facts, first).steps);
      if (written !== undefined && model.texts[shared] !== undefined) model.texts[shared] = `${written}\n${model.texts[shared]}`;
      model.carryOut(planAppArmorRules(model.facts, second).steps);
      expect(planAppArmorRules(model.facts, second).steps).toEqual([]);
      model.carryOut(undoAppArmorRules(model.facts, second).steps);
      expect([undoAppArmorRules(model.facts, second).steps, model.journalled]).toEqual([[], []]);
      const after = { ...model.texts };
      if (written !== undefined && after[shared] !== undefined) {
        expect(after[shared].startsWith(written)).toBe(true);
        after[shared] = after[shared].slice(written.length).replace(/^\n/, "");
        if (before[shared] === undefined && after[shared] === "") delete after[shared];
      }
      expect(after).toEqual(before);
    }), { numRuns: 300 });
  });

  it("says nothing is allowed of a host it could not read or does not know", () => {
    for (const appArmor of [{ enabled: "?" }, { texts: {} }, { texts: { "libvirt/TEMPLATE.qemu": "?" } }, { texts: {}, elsewhere: "snap" }] as const) {
      expect(planAppArmorRules(hostFacts({ appArmor }), { guestRules: [], restorePackaged: [] })).toMatchObject({ steps: [], outputs: { reattachAllowed: false } });
    }
  });
});

describe("rules a person may wish for", () => {
  const parsed = (rule: string): boolean => "desired" in parseAppArmorRules({ guestRules: [rule] });
  it.each(["/dev/hugepages/** rw,", "owner /run/x{a,b} r,", "/dev/vfio/[0-9]* rwk,"])("%s", (rule) => expect(parsed(rule)).toBe(true));
  it.each(["/dev/x rw", "/x} rw,", "/x rw, }", "/usr/bin/x ux,", "/usr/bin/x Px,", "include <x>", "capability sys_admin,", "/a b rw,", "/a rw, /b rw,", "/x\n rw,", "# x,", "/{a rw,", "deny /dev/vfio/vfio rw,"])("never %j", (rule) => expect(parsed(rule)).toBe(false));
});
