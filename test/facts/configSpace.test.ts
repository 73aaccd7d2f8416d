import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseConfigSpace } from "../../provider/facts/configSpace";
import { configSpace } from "./trees";

describe("parseConfigSpace", () => {
  test("a port with ACS", () => {
    const config = parseConfigSpace(configSpace({ pcieType: 4, headerType: 0x81, acs: { capability: 0x5f, control: 0x1d }, ats: false }));
    expect(config).toMatchObject({
      headerType: { value: 1 }, multifunction: { value: true }, pcieType: { value: 4 }, flr: { value: true },
      acs: { value: { capability: 0x5f, control: 0x1d } }, ats: { value: { enabled: false } }, sriov: { kind: "absent" },
    });
  });

  test("SR-IOV and ATS behind other capabilities", () => {
    const config = parseConfigSpace(configSpace({ serial: true, ats: true, sriov: { enabled: true, total: 16, vfs: 4 } }));
    expect(config).toMatchObject({ ats: { value: { enabled: true } }, sriov: { value: { enabled: true, totalVfs: 16, numVfs: 4 } } });
  });

  test.each([64, 256])("of %i bytes: what lies beyond is unreadable, never absent", (length) => {
    const config = parseConfigSpace(configSpace({ ats: true, length }));
    expect(config.ats.kind).toBe("unreadable");
    expect(config.acs.kind).toBe("unreadable");
    expect(config.readBytes).toBe(length);
  });

  test("conventional PCI has no extended space, and that is known", () => {
    const bytes = configSpace({ length: 256 });
    bytes[0x60] = 0x01;
    expect(parseConfigSpace(bytes)).toMatchObject({ pcieType: { kind: "absent" }, ats: { kind: "absent" }, acs: { kind: "absent" } });
  });

  test("all ones is a function that does not answer", () => {
    expect(parseConfigSpace(new Uint8Array(256).fill(0xff))).toMatchObject({ allOnes: true, ats: { kind: "unreadable" }, headerType: { kind: "unreadable" } });
  });

  test("a capability list that points at itself ends", () => {
    const bytes = configSpace({});
    bytes[0x61] = 0x60;
    Buffer.from(bytes.buffer).writeUInt32LE((0x0d | (0x100 << 20)) >>> 0, 0x100);
    expect(parseConfigSpace(bytes).pcieType).toEqual({ kind: "value", value: 0 });
  });

  test("any bytes of any length give an answer", () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 4096 }), fc.boolean(), (bytes, list) => {
      if (list && bytes.length > 0x40) {
        bytes[6] = 0x10;
        bytes[0x34] = 0x40;
      }
      expect(parseConfigSpace(bytes).readBytes).toBe(bytes.length);
    }));
  });
});

test("the ACS registers of Intel's 100 and 200 series ports are four bytes wide", () => {
  const acs = { capability: 0x1d, control: 0x1d, wide: 0x11 };
  const port = (ids: readonly [number, number]): Uint8Array => {
    const bytes = Buffer.from(configSpace({ pcieType: 4, headerType: 1, acs }));
    ids.forEach((id, index) => bytes.writeUInt16LE(id, 2 * index));
    return Uint8Array.from(bytes);
  };
  expect(parseConfigSpace(port([0x8086, 0xa110])).acs).toEqual({ kind: "value", value: { capability: 0x1d, control: 0x11 } });
  expect(parseConfigSpace(port([0x8086, 0xa120])).acs).toEqual({ kind: "value", value: { capability: 0x1d, control: 0x1d } });
  expect(parseConfigSpace(port([0x8086, 0xa110]).subarray(0, 0x108)).acs.kind).toBe("unreadable");
});
