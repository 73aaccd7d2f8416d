import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseAppArmorRules } from "../../provider/schema/appArmorRules";
import { parseHostReboot } from "../../provider/schema/hostReboot";
import { parseIommuVerification } from "../../provider/schema/iommuVerification";
import { parseKernelArguments } from "../../provider/schema/kernelArguments";
import { parseMediatedDevices } from "../../provider/schema/mediatedDevices";
import type { ParseResult } from "../../provider/schema/report";
import { parseVfioBinding } from "../../provider/schema/vfioBinding";
import { parseVirtualFunctions } from "../../provider/schema/virtualFunctions";

const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

const connection = {
  host: "gpu-1", port: 22, user: "ops", identityFiles: ["/home/ops/.ssh/id"], agent: false, hostKey: `SHA256:${"a".repeat(43)}`, knownHostsFiles: ["/k"],
  acceptUnknownHostKey: false, jumpHosts: [{ host: "jump", jumpHosts: [{ host: "outer" }] }], sshConfigFile: "/c", passphrase: { environment: "PASS" },
  sudo: { mode: "always", password: { config: "sudo" } }, connectTimeoutSeconds: 5, keepaliveSeconds: 5,
};

const kinds: Record<string, { parse: (inputs: unknown) => ParseResult<unknown>; whole: Record<string, unknown> }> = {
  kernelArguments: { parse: parseKernelArguments, whole: { connection, shouldExist: ["intel_iommu=on", "pci=realloc"], shouldNotExist: ["pci=noaer", "quiet=*"] } },
  appArmorRules: { parse: parseAppArmorRules, whole: { connection, guestRules: ["/dev/hugepages/** rw,"], restorePackaged: ["/etc/apparmor.d/abstractions/libvirt-qemu"] } },
  hostReboot: {
    parse: parseHostReboot,
    whole: { connection, arguments: ["iommu=pt"], absentArguments: ["quiet"], drivers: { "0000:65:00.0": "vfio-pci" }, policy: "never", guests: { "build-7": "stops" }, deadlineSeconds: 300 },
  },
  mediatedDevices: {
    parse: parseMediatedDevices,
    whole: {
      connection, types: [{ type: "nvidia-35", parents: ["0000:65:00.0"], resourceClass: "CUSTOM_VGPU", maxInstances: 16, traits: ["CUSTOM_T"] }],
      devices: [{ uuid: "4b20d080-1b54-4048-85b3-a6a62d165c01", type: "mtty-2", parent: "mtty" }], cloud: { cloud: "region-1" }, computeHost: "hv1",
      licenceServer: { host: "dls.example.org", port: 443 }, unit: "nova-compute.service", deadlineSeconds: 300,
    },
  },
  virtualFunctions: {
    parse: parseVirtualFunctions,
    whole: { connection, physicalFunctions: [{ address: "0000:41:00.0", id: "10de:2235", count: 2, driver: "host", vgpuTypes: [557, 0], acknowledge: ["address:eth0"] }], when: "nextBoot" },
  },
  vfioBinding: {
    parse: parseVfioBinding,
    whole: {
      connection, cards: [{ address: "0000:65:00.0", id: "10de:20b5:10de:1533", acknowledge: ["boot-display"] }], byIds: ["10de:20b5"], acceptGroupMembers: [{ address: "0000:66:00.0", becomes: "pci-stub", acknowledge: ["mount:/data"] }],
      driver: "auto", now: "whenIdle", iommuWillBeOn: true,
    },
  },
  iommuVerification: {
    parse: parseIommuVerification,
    whole: {
      connection, cards: [{ address: "0000:65:00.0", id: "10de:20b5", members: ["0000:65:00.0"] }], byIds: ["10de:20b5"], trustLevel: "trusted-projects", acceptedMembers: ["0000:66:00.0"], acknowledgedUses: ["mount:/data"],
      policy: {
        trustLevel: "trusted-projects", severities: { "trusted-projects": { "ats-enabled": "refuse" } }, lowered: [{ rule: "ats-enabled", reason: "why", owner: "who", expires: "2027-01-31" }],
        devices: { "10de:20b5": { resetRisk: false, sharing: ["passthrough"] } },
        exceptions: [{ host: "gpu-1", address: "0000:65:00.0", rule: "no-reset-method", reason: "why", owner: "who", expires: "2027-01-31" }],
      },
    },
  },
};

/** The value with the stand-in put in place of one node, for each node. */
function withUnknowns(of: unknown): unknown[] {
  if (typeof of !== "object" || of === null) return [UNKNOWN];
  const entries = Object.entries(of);
  const inside = entries.flatMap(([key, item]) => withUnknowns(item).map((other) => (Array.isArray(of) ? of.map((each: unknown, at) => (String(at) === key ? other : each)) : { ...of, [key]: other })));
  return [UNKNOWN, ...inside];
}

describe.each(Object.entries(kinds))("%s", (_kind, { parse, whole }) => {
  it("takes every field it documents, and leaves the connection out", () => {
    const { connection: _, ...desired } = whole;
    expect(parse(whole)).toEqual({ desired, unknown: [] });
  });

  it("lets what is not known yet through at every place, and says where it is", () => {
    for (const inputs of withUnknowns(whole)) {
      const parsed = parse(inputs);
      expect(parsed).not.toHaveProperty("errors");
      expect(parsed).toMatchObject({ unknown: [expect.any(String)] });
    }
  });

  it("still finds what is wrong beside something that is not known yet", () => {
    expect(parse({ ...whole, connection: UNKNOWN, wrong: UNKNOWN })).toMatchObject({ errors: [{ path: "wrong" }] });
  });

  it("never throws, and gives a path and a sentence", () => {
    const keys = fc.constantFrom(...Object.keys(whole), "cards", "toString", "__proto__", "x");
    const leaf = fc.oneof(fc.anything(), fc.constant(UNKNOWN), fc.constant("iommu=pt"), fc.constant("0000:65:00.0"));
    fc.assert(fc.property(fc.oneof(fc.anything(), fc.dictionary(keys, fc.oneof(leaf, fc.array(leaf), fc.dictionary(fc.oneof(keys, fc.constant("address")), leaf)))), (inputs) => {
      const parsed = parse(inputs);
      if ("errors" in parsed) for (const { path, reason } of parsed.errors) expect([typeof path, reason.length > 5]).toEqual(["string", true]);
      else expect(parsed).toHaveProperty("unknown");
    }), { numRuns: 500 });
  });
});

describe("reports", () => {
  const folder = join(__dirname, "cases");
  it.each(readdirSync(folder))("%s", (name) => {
    const { kind, inputs, errors } = JSON.parse(readFileSync(join(folder, name), "utf8")) as { kind: string; inputs: unknown; errors: unknown };
    expect(kinds[kind]?.parse(inputs)).toEqual({ errors });
  });
});
