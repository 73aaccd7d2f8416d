import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { afterAll, describe, expect, test } from "vitest";
import { InputError, policyFile } from "../../provider/index";
import { valueOf } from "../../provider/resources/outputs";
import { relevantPolicy } from "../../provider/resources/policyFile";

const folder = mkdtempSync(join(tmpdir(), "gpuhost-policy-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function file(text: string): string {
  const path = join(folder, "gpu-policy.yaml");
  writeFileSync(path, text);
  return path;
}

const text = `
severities: { single-tenant: { boot-display: note }, multi-tenant: { boot-display: refuse } }
exceptions:
  - { host: hv1, address: 0000:65:00.0, rule: no-reset-method, reason: x, owner: y, expires: 2027-01-31 }
  - { host: hv2, address: 0000:65:00.0, rule: ats-enabled, reason: x, owner: y, expires: 2027-01-31 }
`;

describe("policyFile", () => {
  test("gives the file as plain data", () => {
    const policy = policyFile(file(text));
    expect(policy.exceptions?.map(({ host }) => host)).toEqual(["hv1", "hv2"]);
    expect(JSON.parse(JSON.stringify(policy))).toEqual(policy);
  });

  test("names the file, the place and the mistake; also for a file that is not there", () => {
    expect(() => policyFile(file("exceptions: [{ host: hv1 }]"))).toThrow(/gpu-policy\.yaml cannot be used as a policy:\n {2}exceptions\[0\]\.address: expected a PCI address/);
    expect(() => policyFile(join(folder, "none.yaml"))).toThrow(InputError);
  });
});

describe("the input of a host's resources", () => {
  const relevant = (host: string, policy: unknown): Promise<unknown> => valueOf(relevantPolicy({ host: pulumi.output(host) }, undefined, policy as pulumi.Input<object>));

  test("is what of the policy concerns the host, so that a change for another host is none of it", async () => {
    const policy = policyFile(file(text));
    expect(await relevant("hv1", policy)).toEqual({ severities: { "multi-tenant": { "boot-display": "refuse" } }, exceptions: [policy.exceptions?.[0]] });
    expect(await relevant("hv3", policy)).toEqual({ severities: { "multi-tenant": { "boot-display": "refuse" } } });
  });

  test("keeps a mistake, for the check to name it", async () => {
    expect(await relevant("hv1", { exceptions: "all" })).toEqual({ exceptions: "all" });
  });
});
