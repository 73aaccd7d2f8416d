import { markup, type Content, type Markup } from "./markup";
import type { CardModel, FindingModel, FunctionModel, ReadHost } from "./model";
import { table, type Column } from "./table";
import { driverText, severityText, verdictText } from "./words";

const none = "–";

function code(text: string): Markup {
  return markup`<code>${text}</code>`;
}

/** A PCI address, or ids: a line does not break in it. */
function at(address: string): Markup {
  return markup`<code class="whole">${address}</code>`;
}

/** Each in its own element: on a narrow screen a line breaks between addresses, not in them. */
export function addresses(list: readonly string[]): Content {
  return list.length === 0 ? none : list.map((address, index) => markup`${index === 0 ? "" : " "}${at(address)}`);
}

export function cardTable({ cards, functions }: ReadHost): Markup {
  const models = new Map(functions.map((one) => [one.address, one]));
  const of = (card: CardModel): FunctionModel | undefined => models.get(card.address);
  const columns: Column<CardModel>[] = [
    { head: "Card", cell: (card) => at(card.address) },
    { head: "Model", cell: (card) => of(card)?.model ?? of(card)?.kind ?? none, least: 6 },
    { head: "Ids", cell: (card) => at(of(card)?.ids ?? none) },
    { head: "Driver", cell: (card) => of(card)?.driver ?? "none", least: 6 },
    { head: "IOMMU group", cell: (card) => card.iommuGroup ?? "none" },
    { head: "Verdict", cell: (card) => markup`<strong class="${card.verdict}">${verdictText(card.verdict)}</strong>` },
    { head: "Companions", cell: (card) => addresses(card.companions) },
    { head: "Bystanders", cell: (card) => addresses(card.bystanders) },
    { head: "Above it", cell: (card) => addresses(of(card)?.upstream ?? []) },
    { head: "Peers past PCIe", cell: (card) => addresses(card.peers) },
  ];
  const filled = columns.filter(({ head }) => !/^(Companions|Bystanders|Above|Peers)/.test(head) || cards.some((card) => (head === "Companions" ? card.companions : head === "Bystanders" ? card.bystanders : head === "Above it" ? of(card)?.upstream ?? [] : card.peers).length > 0));
  return table("Cards, and what goes with each", filled, cards);
}

export function findingTable({ findings }: ReadHost): Markup {
  return table<FindingModel>("Findings, the worst first", [
    { head: "Rule", cell: ({ rule }) => code(rule), least: 9 },
    { head: "Severity", cell: ({ severity }) => markup`<strong class="${severity}">${severityText(severity)}</strong>` },
    { head: "Of", cell: ({ cards }) => (cards.length === 0 ? "the host" : addresses(cards)) },
    { head: "What was found", cell: ({ says, exceptions }) => [says, ...exceptions.map((exception) => markup` <em>${exception}</em>`)] },
    { head: "What to do", cell: ({ remedy }) => remedy, least: 14 },
  ], findings);
}

export function groupTable({ functions, cards }: ReadHost): Markup {
  const groups = new Map<number, FunctionModel[]>();
  for (const one of functions) if (one.iommuGroup !== null) groups.set(one.iommuGroup, [...(groups.get(one.iommuGroup) ?? []), one]);
  const ofCards = new Set(cards.map((card) => card.iommuGroup));
  const shown = [...groups].filter(([number, members]) => ofCards.has(number) || members.length > 1).sort(([a], [b]) => a - b);
  return table("IOMMU groups with a card or with several members", [
    { head: "Group", cell: ([number]) => number },
    { head: "Members", cell: ([, members]) => members.map(({ address, role, kind }, index) => markup`${index === 0 ? "" : ", "}${at(address)} ${role === "bystander" ? markup`<strong class="refuse">bystander</strong>, ${kind}` : role === "other" || role === "bridge" ? kind : `${role}, ${kind}`}`) },
  ], shown);
}

export function fabricTable({ fabrics }: ReadHost): Markup {
  return table("Links past PCIe and the IOMMU", [
    { head: "Fabric", cell: ({ says }) => says },
    { head: "Cards", cell: (fabric) => addresses(fabric.cards) },
    { head: "Switches", cell: ({ switches }) => addresses(switches) },
  ], fabrics);
}

export function functionTable(caption: string, functions: readonly FunctionModel[]): Markup {
  return table(caption, [
    { head: "Function", cell: ({ address }) => at(address) },
    { head: "What it is", cell: ({ kind, model, role }) => [role === "card" || role === "bystander" || role === "companion" ? markup`<strong>${role}</strong>, ` : "", kind, model === null ? "" : `, ${model}`], least: 9 },
    { head: "Ids", cell: ({ ids }) => at(ids ?? none) },
    { head: "Below", cell: ({ upstream }) => (upstream.length === 0 ? "root bus" : at(upstream.at(-1) ?? "")) },
    { head: "IOMMU group", cell: ({ iommuGroup }) => iommuGroup ?? "none" },
    { head: "Driver", cell: driverText, least: 9 },
    { head: "ACS", cell: ({ acs }) => acs?.says ?? none, least: 6 },
    { head: "The host's own use", cell: ({ uses }) => (uses.length === 0 ? none : uses.join("; ")) },
  ], functions);
}
