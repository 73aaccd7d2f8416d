import fc from "fast-check";
import { expect, test } from "vitest";
import { addressesInPath, addressesInText, comparePciAddresses, functionOfPath, isPciAddress, parsePciAddress, printPciAddress, slotOf } from "../../provider/facts/pciAddress";

const address = fc.record({ domain: fc.integer({ min: 0, max: 0xfffff }), bus: fc.integer({ min: 0, max: 255 }), device: fc.integer({ min: 0, max: 31 }), function: fc.integer({ min: 0, max: 7 }) });

test("printed and parsed back is the same, also for domains of five digits", () => {
  fc.assert(fc.property(address, (of) => {
    expect(parsePciAddress(printPciAddress(of))).toEqual(of);
  }));
});

test("what is no address is not taken for one", () => {
  for (const text of ["", "65:00.0", "0000:65:00", "0000:65:20.0", "0000:65:00.8", "0000:65:00.0:pcie001", "0000:6G:00.0", " 0000:65:00.0"]) {
    expect(isPciAddress(text), text).toBe(false);
  }
  fc.assert(fc.property(fc.string(), (text) => {
    const parsed = parsePciAddress(text);
    expect(parsed === undefined || printPciAddress(parsed) === text).toBe(true);
  }));
});

test("the order is by number", () => {
  const sorted = ["10000:00:00.0", "0000:0a:00.0", "0000:02:00.1", "0000:02:00.0"].sort(comparePciAddresses);
  expect(sorted).toEqual(["0000:02:00.0", "0000:02:00.1", "0000:0a:00.0", "10000:00:00.0"]);
});

test("a sysfs path names the functions on its way, and service devices of a port are none", () => {
  const path = "../../devices/pci0000:64/0000:64:00.0/0000:65:00.0/0000:65:00.0:pcie001/drm/card1";
  expect(addressesInPath(path)).toEqual(["0000:64:00.0", "0000:65:00.0"]);
  expect(functionOfPath(path)).toBe("0000:65:00.0");
  expect(functionOfPath("../../devices/virtual/net/lo")).toBeUndefined();
  expect(slotOf("10000:65:00.7")).toBe("10000:65:00");
  expect(addressesInText('{"driver":"vfio-pci","host":"0000:65:00.0","x":"aa:bb:cc:dd:ee:ff"}')).toEqual(["0000:65:00.0"]);
});
