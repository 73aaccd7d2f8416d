import { comparePciAddresses, slotOf } from "../facts/pciAddress";
import type { Verdict } from "../readiness/finding";
import { boxLines, fabricLines, rootLines, sizeOf, virtualLines, type Line } from "./boxText";
import type { FunctionModel, ReadHost, Role } from "./model";

/** What is drawn of a host, before anybody has said where: the tree from the root buses down, groups around it, fabrics across it. */
export interface Picture {
  readonly boxes: readonly Box[];
  readonly groups: readonly GroupBox[];
  readonly edges: readonly Edge[];
  /** Functions that are in the tables only: none of them is near a card. */
  readonly notDrawn: number;
}

export interface Box {
  readonly id: string;
  readonly kind: Role | "root" | "virtual" | "fabric";
  readonly lines: readonly Line[];
  readonly verdict: Verdict | null;
  /** Pixels. */
  readonly width: number;
  readonly height: number;
}

export interface GroupBox {
  readonly id: string;
  readonly label: string;
  readonly boxes: readonly string[];
}

export interface Edge {
  readonly from: string;
  readonly to: string;
  readonly kind: "pci" | "fabric";
}

/** Beyond this many functions only cards, their groups and what is above them are drawn. */
const mostFunctions = 150;

export function picture(host: ReadHost): Picture {
  const drawn = drawnFunctions(host);
  const depth = new Map<string, number>();
  const boxes: (Omit<Box, "width" | "height"> & { readonly rank: number })[] = [];
  const edges: Edge[] = [];
  const idOf = new Map<string, string>();
  const add = (key: string, box: Omit<Box, "id" | "width" | "height">, rank: number): string => {
    const id = `n${boxes.length}`;
    idOf.set(key, id);
    depth.set(key, rank);
    boxes.push({ id, ...box, rank });
    return id;
  };
  const boxed = groupMembers(host, drawn);
  const outside = (one: FunctionModel): boolean => one.iommuGroup !== null && !boxed.has(one.iommuGroup);
  for (const one of drawn) {
    const bus = `root ${(one.upstream[0] ?? one.address).slice(0, -5)}`;
    if (!idOf.has(bus)) add(bus, { kind: "root", lines: rootLines(bus.slice("root ".length)), verdict: null }, 0);
    const parent = [...one.upstream].reverse().find((above) => idOf.has(above)) ?? bus;
    const id = add(one.address, { kind: one.role, lines: boxLines(one, host, outside(one)), verdict: verdictOf(one, host) }, (depth.get(parent) ?? 0) + 1);
    edges.push({ from: idOf.get(parent) ?? "", to: id, kind: "pci" });
    const virtual = host.functions.filter((vf) => vf.physicalFunction === one.address).length;
    if (virtual === 0) continue;
    const below = add(`virtual ${one.address}`, { kind: "virtual", lines: virtualLines(virtual), verdict: null }, (depth.get(one.address) ?? 0) + 1);
    edges.push({ from: id, to: below, kind: "pci" });
  }
  for (const fabric of host.fabrics) {
    const ends = [...fabric.cards, ...fabric.switches].flatMap((address) => idOf.get(address) ?? []);
    const id = add(`fabric ${fabric.says} ${fabric.cards.join(" ")}`, { kind: "fabric", lines: fabricLines(fabric), verdict: null }, -1);
    edges.push(...ends.map((end): Edge => ({ from: end, to: id, kind: "fabric" })));
  }
  const groups = [...boxed].map(([number, members], index) => ({ id: `g${index}`, label: `IOMMU group ${number}`, boxes: members.flatMap((address) => idOf.get(address) ?? []) }));
  const virtual = host.functions.filter((one) => one.physicalFunction !== null).length;
  return { boxes: sized(boxes), groups, edges, notDrawn: host.functions.length - drawn.length - virtual };
}

/** As wide as the widest of its rank, so that columns line up. */
function sized(boxes: readonly (Omit<Box, "width" | "height"> & { readonly rank: number })[]): Box[] {
  const widest = new Map<number, number>();
  for (const { lines, rank } of boxes) widest.set(rank, Math.max(widest.get(rank) ?? 0, sizeOf(lines).width));
  return boxes.map(({ rank, ...box }) => ({ ...box, width: widest.get(rank) ?? 0, height: sizeOf(box.lines).height }));
}

/** Cards with their groups, slots and everything above; NVSwitches; then what else is below the same root ports. Parents before children. */
function drawnFunctions({ functions, cards }: ReadHost): FunctionModel[] {
  const physical = functions.filter((one) => one.physicalFunction === null);
  const near = new Set(cards.flatMap((card) => [card.address, ...card.members, ...card.companions]));
  const slots = new Set([...near].map(slotOf));
  const core = physical.filter((one) => near.has(one.address) || one.role === "nvswitch" || (slots.has(slotOf(one.address)) && one.role !== "other"));
  const wanted = new Set(core.flatMap((one) => [one.address, ...one.upstream]));
  const roots = new Set(core.flatMap((one) => one.upstream.slice(0, 1)));
  const all = physical.filter((one) => wanted.has(one.address) || roots.has(one.upstream[0] ?? ""));
  const drawn = all.length <= mostFunctions ? all : physical.filter((one) => wanted.has(one.address));
  return drawn.sort(inTreeOrder);
}

/** By address from the root bus down, so that what is below follows what it is below of. */
function inTreeOrder(a: FunctionModel, b: FunctionModel): number {
  const [left, right] = [[...a.upstream, a.address], [...b.upstream, b.address]];
  const at = left.findIndex((address, index) => address !== right[index]);
  return at === -1 ? left.length - right.length : at >= right.length ? 1 : comparePciAddresses(left[at] ?? "", right[at] ?? "");
}

/** Groups that get a box: those with a card, and those with several drawn members. */
function groupMembers(host: ReadHost, drawn: readonly FunctionModel[]): Map<number, string[]> {
  const found = new Map<number, string[]>();
  const inOrder = [...drawn].sort((a, b) => (a.iommuGroup ?? 0) - (b.iommuGroup ?? 0));
  for (const { iommuGroup, address } of inOrder) if (iommuGroup !== null) found.set(iommuGroup, [...(found.get(iommuGroup) ?? []), address]);
  const ofCards = new Set(host.cards.map((card) => card.iommuGroup));
  return new Map([...found].filter(([number, members]) => members.length > 1 || ofCards.has(number)));
}

function verdictOf({ address }: FunctionModel, { cards }: ReadHost): Verdict | null {
  return cards.find((card) => card.address === address)?.verdict ?? null;
}
