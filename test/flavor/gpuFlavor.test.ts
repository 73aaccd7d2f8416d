import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { extraSpecProblem } from "../../provider/flavor/extraSpec";
import { extraSpecsOf } from "../../provider/flavor/gpuFlavor";
import { knownSpecs } from "../../provider/flavor/knownSpecs";
import { resourceClassProblem, traitProblem } from "../../provider/flavor/placement";
import { standardTraits } from "../../provider/flavor/standardTraits";
import { parseGpuFlavor } from "../../provider/schema/gpuFlavor";

const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

function cases<T>(folder: string): [string, T][] {
  const at = join(__dirname, folder);
  return readdirSync(at).map((name) => [name, JSON.parse(readFileSync(join(at, name), "utf8")) as T]);
}

describe("a wish that is refused", () => {
  it.each(cases<{ inputs: unknown; errors: unknown[] }>("cases"))("%s", (_name, { inputs, errors }) => {
    expect(errors).not.toEqual([]);
    expect(parseGpuFlavor(inputs)).toEqual({ errors });
  });
});

describe("extra specs of a wish", () => {
  it.each(cases<{ inputs: unknown; extraSpecs: Record<string, string> }>("specs"))("%s", (_name, { inputs, extraSpecs }) => {
    const parsed = parseGpuFlavor(inputs);
    if ("errors" in parsed) throw new Error(JSON.stringify(parsed.errors));
    const made = extraSpecsOf(parsed.desired);
    expect(made).toEqual(extraSpecs);
    expect(Object.keys(made)).toEqual(Object.keys(extraSpecs).toSorted());
  });

  it("are in one order, however the program wrote them", () => {
    const whole = cases<{ inputs: Record<string, unknown> }>("specs").find(([name]) => name === "every-field.json")?.[1].inputs ?? {};
    const turned = Object.fromEntries(Object.entries(whole).reverse().map(([name, item]) =>
      [name, typeof item === "object" && item !== null && !Array.isArray(item) ? Object.fromEntries(Object.entries(item).reverse()) : item]));
    const made = [whole, turned].map((inputs) => {
      const parsed = parseGpuFlavor(inputs);
      return "errors" in parsed ? parsed : Object.entries(extraSpecsOf(parsed.desired));
    });
    expect(made[0]).toEqual(made[1]);
    expect(made[0]).toHaveLength(18);
  });
});

describe("what is not known yet", () => {
  const whole = cases<{ inputs: Record<string, unknown> }>("specs").find(([name]) => name === "every-field.json")?.[1].inputs ?? {};

  it("passes, at every place, and is named", () => {
    for (const { path, value } of withUnknowns(whole)) {
      expect(parseGpuFlavor(value), path).toMatchObject({ unknown: [path] });
    }
  });

  it("hides nothing of what is wrong beside it", () => {
    for (const { value } of withUnknowns(whole)) {
      const parsed = parseGpuFlavor({ ...(value as object), isPublic: true });
      expect(parsed).toMatchObject({ errors: [{ path: "isPublic" }] });
    }
  });
});

/** The value with the stand-in in place of each field and of each item one below. */
function withUnknowns(of: Record<string, unknown>): { path: string; value: unknown }[] {
  return Object.entries(of).flatMap(([name, item]) => {
    const whole = [{ path: name, value: { ...of, [name]: UNKNOWN } }];
    if (Array.isArray(item)) return [...whole, ...item.map((_, at) => ({ path: `${name}[${at}]`, value: { ...of, [name]: item.map((one: unknown, index) => (index === at ? UNKNOWN : one)) } }))];
    if (typeof item !== "object" || item === null) return whole;
    return [...whole, ...Object.keys(item).map((key) => ({ path: /^[A-Za-z_]\w*$/.test(key) ? `${name}.${key}` : `${name}["${key}"]`, value: { ...of, [name]: { ...item, [key]: UNKNOWN } } }))];
  });
}

describe("names of extra specs", () => {
  const letters = "abcdefghijklmnopqrstuvwxyz_";
  const known = [...knownSpecs.keys()];

  it("are never refused where they are Nova's own and no field stands for them", () => {
    const values: Record<string, string> = { boolean: "true", integer: "1", text: "1" };
    for (const [name, form] of knownSpecs) {
      const says = extraSpecProblem(name, form.kind === "oneOf" ? form.names[0] ?? "" : values[form.kind] ?? "");
      if (says !== undefined) expect(says, name).toMatch(/^"[^"]+" is what the field \w+ stands for: write it there$/);
    }
    expect(known.filter((name) => extraSpecProblem(name, "1")?.includes("stands for") === true)).toHaveLength(5);
  });

  it("are told from a misspelt one in the same namespace: never silently kept", () => {
    const edited = fc.tuple(fc.constantFrom(...known), fc.nat(), fc.constantFrom(...letters)).map(([name, at, letter]) => {
      const from = name.indexOf(":") + 1;
      const place = from + (at % (name.length - from));
      return name.slice(0, place) + letter + name.slice(place + 1);
    }).filter((name) => !known.includes(name) && !/^hw:numa_/.test(name));
    fc.assert(fc.property(edited, (name) => {
      expect(extraSpecProblem(name, "1")).toMatch(/did you mean "[^"]+"\?$/);
    }));
  });

  it("pass where they are a cloud's own", () => {
    for (const name of ["mycloud:billing_class", "filter:gpu", "gpu", "weight"]) expect(extraSpecProblem(name, "1"), name).toBeUndefined();
  });
});

describe("names of Placement", () => {
  it("are taken as they are listed, and as CUSTOM_", () => {
    expect(standardTraits).toHaveLength(377);
    expect(standardTraits.filter((name) => traitProblem(name) !== undefined || !/^[A-Z][A-Z0-9_]+$/.test(name))).toEqual([]);
    fc.assert(fc.property(fc.stringMatching(/^CUSTOM_[A-Z0-9_]{1,60}$/), (name) => {
      expect([traitProblem(name), resourceClassProblem(name)]).toEqual([undefined, undefined]);
    }));
  });

  it("are refused with a sentence otherwise, which offers a name that would be taken", () => {
    fc.assert(fc.property(fc.string({ minLength: 1 }).filter((name) => !name.startsWith("CUSTOM_") && !standardTraits.includes(name)), (name) => {
      const offered = traitProblem(name)?.match(/"([^"]+)"\??$/)?.[1];
      if (!/^custom_/i.test(name)) expect(traitProblem(offered ?? "")).toBeUndefined();
      expect(traitProblem(name)).toBeDefined();
    }));
  });
});

it("never throws, and gives each error a path and a sentence", () => {
  const keys = fc.constantFrom("vcpus", "devices", "resources", "traits", "groups", "extraSpecs", "projects", "aggregate", "lockedMemory", "__proto__", "x");
  const leaf = fc.oneof(fc.anything(), fc.constant(UNKNOWN), fc.constant("a100"), fc.record({ alias: fc.anything(), resources: fc.anything() }));
  fc.assert(fc.property(fc.oneof(fc.anything(), fc.dictionary(keys, fc.oneof(leaf, fc.array(leaf), fc.dictionary(fc.string(), leaf)))), (inputs) => {
    const parsed = parseGpuFlavor(inputs);
    if ("errors" in parsed) for (const { path, reason } of parsed.errors) expect([typeof path, reason.length > 5]).toEqual(["string", true]);
    else expect(parsed).toHaveProperty("unknown");
  }), { numRuns: 500 });
});
