import { visible } from "./markup";
import type { AcsModel, FabricModel, FunctionModel, ReadHost } from "./model";
import { counted, driverText, verdictText } from "./words";

/** Pixels of a character: monospace fonts are 0.6 em wide at most, at 12 pixels; a little room for those that are wider. */
const character = 7.4;
export const lineHeight = 16;
export const padding = 9;
/** Longer texts are in the tables in full. */
const mostCharacters = 30;

/** One line of a box; the tone is a word beside it, never colour alone. */
export interface Line {
  readonly text: string;
  readonly tone: "plain" | "first" | "verdict" | "alarm";
}

/** Pixels that a box of these lines takes. */
export function sizeOf(lines: readonly Line[]): { readonly width: number; readonly height: number } {
  return { width: Math.ceil(Math.max(...lines.map(({ text }) => [...text].length)) * character) + 2 * padding, height: lines.length * lineHeight + 2 * padding - 3 };
}

function line(text: string, tone: Line["tone"] = "plain"): Line {
  const characters = [...visible(text)];
  return { text: characters.length <= mostCharacters ? characters.join("") : `${characters.slice(0, mostCharacters - 1).join("")}…`, tone };
}

function plain(first: string, ...others: readonly string[]): Line[] {
  return [line(first, "first"), ...others.map((text) => line(text))];
}

/** `bus`: "0000:64". */
export function rootLines(bus: string): Line[] {
  return plain("root bus", bus);
}

/** `withGroup`: its group has no box of its own in the picture. */
export function boxLines(one: FunctionModel, host: ReadHost, withGroup: boolean): Line[] {
  const card = host.cards.find(({ address }) => address === one.address);
  const beside = host.cards.filter(({ bystanders }) => bystanders.includes(one.address));
  const name = one.role === "nvswitch" ? "NVSwitch" : one.role === "bridge" ? one.kind : one.model ?? `${one.kind} ${one.ids ?? ""}`.trimEnd();
  const companion = card === undefined && host.cards.some(({ companions }) => companions.includes(one.address));
  return [
    ...plain(one.address, name),
    ...(one.acs === null ? [] : [acsLine(one.acs)]),
    ...(companion ? [line("companion of the card")] : []),
    ...(beside.length === 0 ? [] : [line(`BYSTANDER of ${beside.length === 1 ? beside[0]?.address ?? "" : `${beside.length} cards`}`, "alarm")]),
    ...(one.role === "bridge" ? [] : [line(driverText(one))]),
    ...(card === undefined ? [] : [line(verdictText(card.verdict), "verdict")]),
    ...(withGroup ? [line(`group ${one.iommuGroup}`)] : []),
  ];
}

/** What keeps nothing apart has a sign; names of what is missing are in the tables. */
function acsLine({ state, says }: AcsModel): Line {
  if (state === "partly") return line("▲ ACS partly off", "alarm");
  return state === "off" || state === "none" ? line(`▲ ${says}`, "alarm") : line(says);
}

export function virtualLines(count: number): Line[] {
  return plain(`${count} virtual`, count === 1 ? "function" : "functions");
}

export function fabricLines({ kind, cards, switches }: FabricModel): Line[] {
  return plain(kind === "xgmi" ? "XGMI" : "NVLink", `joins ${counted(cards.length, "card")}`, ...(switches.length === 0 ? [] : [counted(switches.length, "NVSwitch", "NVSwitches")]), "past the IOMMU");
}
