import { execFileSync } from "node:child_process";
import { cpSync, lstatSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { Fleet } from "../beds/simulated/fleet";
import { disk, endpoint, machine, networkCard, rootPort, type PciFunction } from "../beds/simulated/machine";
import { Stack, succeeded } from "../beds/engine/stack";
import { previewProgram } from "./programs";

const cardCount = 8;

/** Memory controllers, mesh and telemetry: on a two-socket server most PCI functions are these. */
function uncore(): PciFunction[] {
  return Array.from({ length: 112 }, (_, index) => endpoint({
    address: `0000:${index < 56 ? "7e" : "fe"}:${hex(4 + ((index % 56) >> 3))}.${index & 7}`, vendor: "8086", device: "3250", class: "088000", driver: null, group: 100 + index,
  }));
}

const hex = (value: number): string => value.toString(16).padStart(2, "0");

/** Addresses of the cards, each in a slot and a group of its own. */
export const cards = Array.from({ length: cardCount }, (_, index) => ({ address: `0000:${hex(0x17 + index * 0x10)}:00.0`, id: "10de:26b9" }));

/** An L40S: no NVLink, so that nothing but what the host itself shows speaks about it. */
function card(slot: string, parent: string, group: number): PciFunction {
  return endpoint({ address: `${slot}.0`, parent, vendor: "10de", device: "26b9", subsystem: ["10de", "1851"], class: "030200", driver: null, group });
}

/** A two-socket server with eight compute cards. */
export const server = machine("bench", {
  kernelArguments: "quiet intel_iommu=off",
  functions: [
    rootPort("0000:00:01.0", 10), disk("0000:01:00", "0000:00:01.0", 11),
    rootPort("0000:00:02.0", 12), networkCard("0000:02:00", "0000:00:02.0", 13, { name: "eno1", address: "its own" }),
    ...uncore(),
    ...cards.flatMap(({ address }, index) => {
      const bus = address.slice(5, 7);
      const port = `0000:${hex(Number.parseInt(bus, 16) - 1)}:01.0`;
      return [rootPort(port, 20 + index * 2), card(`0000:${bus}:00`, port, 21 + index * 2)];
    }),
  ],
});

/**
 * The trees that all hosts show: the server as its administrator left it, and after `pulumi up` made it ready. Both come from a simulated host on
 * which a real `up` ran; what is read later is plain files. Resolves to the PCI functions there are.
 */
export async function writeTrees(fresh: string, converged: string): Promise<number> {
  const simulated = new Fleet();
  let stack: Stack | undefined;
  try {
    const host = await simulated.add(server);
    copyTree(host.files.root, fresh);
    stack = await Stack.create({ program: previewProgram, environment: { HOME: simulated.folder } });
    stack.write("hosts.json", JSON.stringify({ hosts: [{ host: server.name }], cards }));
    succeeded(await stack.up());
    copyTree(host.files.root, converged);
  } finally {
    stack?.dispose();
    await simulated.stop();
  }
  return readdirSync(join(converged, "sys", "bus", "pci", "devices")).length;
}

/** Everything but named pipes, which stand for files that are only written to; readable by any user, since the hosts' user is not root. */
function copyTree(from: string, to: string): void {
  const isPlain = (path: string): boolean => !lstatSync(path).isFIFO() && !lstatSync(path).isSocket();
  cpSync(from, to, { recursive: true, verbatimSymlinks: true, filter: isPlain });
  execFileSync("chmod", ["-R", "a+rX", to]);
}
