import { visible } from "./markup";
import type { AcsModel, FabricModel, FunctionModel, ReadHost } from "./model";
import { driverText, verdictText } from "./words";

/** Pixels of a character: monospace fonts are 0.6 em wide at most, at 12 pixels; a little room for those that are wider. */
const character = 7.4;
export const lineHeight = 16;
export const padding = 9;
/** Longer texts are in the tables in full. */
const mostCharacters = 30;

/** Pixels that a box of these lines takes. */
export function sizeOf(lines: readonly string[]): { readonly width: number; readonly height: number } {
  return { width: Math.ceil(Math.max(...lines.map((line) => [...line].length)) * character) + 2 * padding, height: lines.length * lineHeight + 2 * padding - 3 };
}

function short(line: string): string {
  const characters = [...visible(line)];
  return characters.length <= mostCharacters ? characters.join("") : `${characters.slice(0, mostCharacters - 1).join("")}…`;
}

export function rootLines(bus: string): string[] {
  return ["root bus", bus.replace("root ", "")].map(short);
}

/** `withGroup`: its group has no box of its own in the picture. */
export function boxLines(one: FunctionModel, host: ReadHost, withGroup: boolean): string[] {
  const card = host.cards.find(({ address }) => address === one.address);
  const beside = host.cards.filter(({ bystanders }) => bystanders.includes(one.address));
  const name = one.role === "nvswitch" ? "NVSwitch" : one.role === "bridge" ? one.kind : one.model ?? `${one.kind} ${one.ids ?? ""}`.trimEnd();
  return [
    one.address,
    name,
    ...(one.acs === null ? [] : [acsLine(one.acs)]),
    ...(host.cards.some(({ companions }) => companions.includes(one.address)) && card === undefined ? ["companion of the card"] : []),
    ...(beside.length === 0 ? [] : [`BYSTANDER of ${beside.length === 1 ? beside[0]?.address : `${beside.length} cards`}`]),
    ...(one.role === "bridge" ? [] : [driverText(one)]),
    ...(card === undefined ? [] : [verdictText(card.verdict)]),
    ...(withGroup ? [`group ${one.iommuGroup}`] : []),
  ].map(short);
}

/** What keeps nothing apart has a sign; names of what is missing are in the tables. */
function acsLine({ state, says }: AcsModel): string {
  return state === "partly" ? "▲ ACS partly off" : state === "off" || state === "none" ? `▲ ${says}` : says;
}

export function virtualLines(count: number): string[] {
  return [`${count} virtual`, count === 1 ? "function" : "functions"];
}

export function fabricLines({ kind, cards, switches }: FabricModel): string[] {
  const name = kind === "xgmi" ? "XGMI" : "NVLink";
  return [name, `joins ${cards.length} cards`, ...(switches.length === 0 ? [] : [`${switches.length} NVSwitches`]), "past the IOMMU"];
}
