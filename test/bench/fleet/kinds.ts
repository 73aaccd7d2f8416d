import { disk, endpoint, machine, networkCard, rootPort, type Machine, type PciFunction } from "../../beds/simulated/machine";
import type { Faults } from "../../beds/simulated/faults";

/** What has to become of a host, whatever becomes of the others. */
export type End = "verified" | "refused" | "unreachable";

/** What a host of the simulated fleet is like. */
export interface Kind {
  readonly name: string;
  /** Places in every hundred hosts; the kind without any has all that are left. */
  readonly places: readonly number[];
  readonly ends: End;
  /** What a refusal names; "" for any other end. */
  readonly because: string;
  readonly reboots: 0 | 1;
  readonly says: string;
}

const kind = (name: string, places: readonly number[], ends: End, reboots: 0 | 1, says: string, because = ""): Kind => ({ name, places, ends, because, reboots, says });

/** Each hundred hosts hold the same: 2 dead, 1 slow, 5 refused for five reasons in four rules, 10 that need no reboot, 82 that do. Twenty hosts hold something of most. */
export const kinds = [
  kind("reboots", [], "verified", 1, "the IOMMU is off in its boot arguments"),
  kind("at once", [9, 19, 29, 39, 49, 59, 69, 79, 89, 99], "verified", 0, "the IOMMU is on, nothing has its cards, and they may change their driver now"),
  kind("slow", [13], "verified", 1, "each piece of its stream is late by a tenth of a second, and its boot takes ten"),
  kind("closed", [7], "unreachable", 0, "nothing listens at its port"),
  kind("silent", [57], "unreachable", 0, "connections are taken and never answered"),
  kind("bystander", [17], "refused", 0, "the network card that it is reached over sits in the group of one of its cards", "bystander-in-group"),
  kind("hidden bystander", [67], "refused", 1, "the same, and there are no groups before its IOMMU is on", "bystander-in-group"),
  kind("firmware", [43], "refused", 0, "its firmware has the IOMMU off", "iommu-firmware-off"),
  kind("guest", [71], "refused", 0, "it has to be rebooted, and a guest runs that nobody has said may stop", "guest-running"),
  kind("other card", [31], "refused", 0, "another card sits in the slot of one of its cards", "ids-mismatch"),
] as const;

export type KindName = (typeof kinds)[number]["name"];

/** One host of the fleet, as an operator writes it down. */
export interface Wish {
  readonly cards: readonly { readonly address: string; readonly id: string }[];
  readonly now?: "whenIdle";
}

export interface Member {
  readonly name: string;
  readonly address: string;
  readonly kind: Kind;
  readonly machine: Machine;
  readonly faults: Faults;
  readonly bootSeconds: number;
  /** What the host answers when it is asked for its guests; "" where none runs. */
  readonly guests: string;
  /** Milliseconds that each piece of its stream is late. */
  readonly late: number;
  readonly wish: Wish;
}

/** The host with this number, always the same: hv-0001 at 127.77.0.1 and so on. */
export function member(index: number): Member {
  const of: Kind = kinds.find(({ places }) => (places as readonly number[]).includes(index % 100)) ?? kinds[0];
  const name = `hv-${String(index + 1).padStart(4, "0")}`;
  const shared = of.name.endsWith("bystander");
  const slots = Array.from({ length: [2, 4, 8][index % 3] ?? 2 }, (_, slot) => `0000:${hex(0x17 + slot * 0x10)}:00`);
  const network = { name: "eno1", address: "its own" };
  const booted = of.name === "at once" ? "quiet intel_iommu=on iommu=pt" : of.name === "bystander" ? "quiet" : "quiet intel_iommu=off";
  const built = machine(name, {
    kernelArguments: booted,
    firmwareIommu: of.name !== "firmware",
    functions: [
      rootPort("0000:00:01.0", 10), disk("0000:01:00", "0000:00:01.0", 11),
      ...(shared ? together(network) : [rootPort("0000:00:02.0", 12), networkCard("0000:02:00", "0000:00:02.0", 13, network)]),
      ...slots.flatMap((slot, at) => apart(slot, 20 + 2 * at)),
    ],
  });
  const wished = [...slots, ...(shared ? [sharedSlot] : [])].map((slot) => ({ address: `${slot}.0`, id: "10de:26b9" }));
  const cards = of.name === "other card" ? wished.map((card, at) => (at === 0 ? { ...card, id: "10de:20b5" } : card)) : wished;
  return {
    name, address: `127.77.${Math.floor(index / 250)}.${(index % 250) + 1}`, kind: of, machine: built,
    faults: of.name === "closed" || of.name === "silent" ? { unreachable: of.name } : {},
    guests: of.name === "guest" ? `guest\nname guest=instance-0000002a,debug-threads=on\nuuid ${built.dmiUuid}` : "",
    bootSeconds: of.name === "slow" ? 10 : 1, late: of.name === "slow" ? 100 : 0,
    wish: { cards, ...(of.name === "at once" ? { now: "whenIdle" as const } : {}) },
  };
}

const hex = (value: number): string => value.toString(16).padStart(2, "0");

/** An L40S: no NVLink, no driver on the host. */
const card = (slot: string, parent: string, group: number): PciFunction =>
  endpoint({ address: `${slot}.0`, parent, vendor: "10de", device: "26b9", subsystem: ["10de", "1851"], class: "030200", driver: null, group });

function apart(slot: string, group: number): PciFunction[] {
  const port = `0000:${hex(Number.parseInt(slot.slice(5, 7), 16) - 1)}:01.0`;
  return [rootPort(port, group), card(slot, port, group + 1)];
}

const sharedSlot = "0000:b5:00";

/** Two functions of one root port that cannot keep their slots apart: a card, and the network card that the host is reached over. */
function together(network: { readonly name: string; readonly address: string }): PciFunction[] {
  const [one, other] = ["0000:b4:00.0", "0000:b4:00.1"];
  return [rootPort(one, 15, false), card(sharedSlot, one, 15), rootPort(other, 15, false), networkCard("0000:b6:00", other, 15, network)];
}
