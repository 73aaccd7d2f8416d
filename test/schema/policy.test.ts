import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it, test } from "vitest";
import { z } from "zod";
import { policySchema } from "../../provider/schema/policy";
import { parsePolicyText, policyErrors } from "../../provider/schema/policyText";

const root = join(__dirname, "../..");
const folder = join(__dirname, "policies");

describe("policy files: what is taken, and each mistake with its place", () => {
  it.each(readdirSync(folder).filter((name) => name.endsWith(".yaml")))("%s", async (name) => {
    const parsed = parsePolicyText(readFileSync(join(folder, name), "utf8"));
    const text = "errors" in parsed ? policyErrors(name, parsed.errors) : JSON.stringify(parsed.policy, null, 2);
    await expect(`${text}\n`).toMatchFileSnapshot(join(folder, name.replace(/yaml$/, "txt")));
  });
});

test("there is no switch for everything: a name that is no rule's is told with those that are", () => {
  const parsed = parsePolicyText("severities: { multi-tenant: { permissive: warn } }");
  expect(parsed).toMatchObject({ errors: [{ path: 'severities["multi-tenant"].permissive', reason: expect.stringMatching(/is not known here; known are iommu-inactive, /) }] });
});

// `npx vitest run --project fast test/schema/policy.test.ts -u` writes it anew.
test("gpu-policy.schema.json, which editors use, is what the schema says", async () => {
  const schema = { title: "gpu-policy.yaml of pulumi-gpuhost", ...z.toJSONSchema(policySchema, { io: "input" }) };
  await expect(`${JSON.stringify(schema, null, 2)}\n`).toMatchFileSnapshot(join(root, "gpu-policy.schema.json"));
});

test("the package has it, under a name of its own", () => {
  const { files, exports } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { files: string[]; exports: Record<string, unknown> };
  expect(files).toContain("gpu-policy.schema.json");
  expect(exports["./gpu-policy.schema.json"]).toBe("./gpu-policy.schema.json");
});

test("the policy of docs/policy.md is one", () => {
  const example = /```yaml\n([^`]*)```/.exec(readFileSync(join(root, "docs/policy.md"), "utf8"))?.[1] ?? "";
  expect(parsePolicyText(example)).toMatchObject({ policy: { trustLevel: "multi-tenant", exceptions: [{ rule: "no-reset-method" }] } });
});

test("whatever a file holds: a policy, or mistakes with a sentence each; never an exception", () => {
  const text = fc.oneof(fc.string(), fc.json(), fc.constantFrom("a: &a [*a]", "? [x]\n: y", "%YAML 9\n---\na", "a: !!js/function x", "\u0000", "<<: [1]"));
  fc.assert(fc.property(text, (content) => {
    const parsed = parsePolicyText(content);
    if ("errors" in parsed) for (const { reason } of parsed.errors) expect(reason.length).toBeGreaterThan(5);
    else expect(policySchema.safeParse(parsed.policy).success).toBe(true);
  }), { numRuns: 500 });
});
