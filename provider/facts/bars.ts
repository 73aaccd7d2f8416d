import type { Bar } from "./deviceTypes";
import { known, mapReading, type Reading } from "./reading";
import { linesOf, malformed } from "./values";

/** include/linux/ioport.h */
const flag = { memory: 0x200n, unset: 0x20000000n } as const;
const regions = 6;

/**
 * A function's memory regions from its `resource` file (drivers/pci/pci-sysfs.c: "START END FLAGS"). A region without room is either marked unset
 * or wiped; the second is told from one that does not exist by the type bits that its register keeps.
 */
export function bars(resource: Reading<string>, path: string, config: Reading<Uint8Array>): Reading<readonly Bar[]> {
  const registers = barRegisters(known(config));
  return mapReading(resource, (text) =>
    linesOf(text).slice(0, regions).flatMap((line, index): Bar[] => {
      const match = /^(0x[0-9a-f]+) (0x[0-9a-f]+) (0x[0-9a-f]+)$/.exec(line.trim());
      if (match === null) throw malformed(path, line, '"START END FLAGS"');
      const [start, end, flags] = [BigInt(match[1] ?? 0), BigInt(match[2] ?? 0), BigInt(match[3] ?? 0)];
      if (flags === 0n) return isMemoryType(registers[index]) ? [{ index, bytes: undefined, assigned: false }] : [];
      if ((flags & flag.memory) === 0n) return [];
      return [{ index, bytes: Number(end - start) + 1, assigned: (flags & flag.unset) === 0n && start !== 0n }];
    }),
  );
}

/** The six registers; the upper half of a 64-bit one is undefined. */
function barRegisters(config: Uint8Array | undefined): (number | undefined)[] {
  if (config === undefined || config.length < 0x28) return [];
  const view = new DataView(config.buffer, config.byteOffset, config.byteLength);
  const all = Array.from({ length: regions }, (_, index): number | undefined => view.getUint32(0x10 + 4 * index, true));
  for (let index = 0; index < regions; index++) {
    if (((all[index] ?? 0) & 0x7) === 0x4) all[++index] = undefined;
  }
  return all;
}

/** 64-bit or prefetchable memory: those bits are hard-wired. A register of plain 32-bit memory without an address looks like none. */
function isMemoryType(register: number | undefined): boolean {
  return register !== undefined && (register & 0x1) === 0 && (register & 0xc) !== 0;
}
