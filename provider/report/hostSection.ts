import { changeSection } from "./changeSection";
import { cardTable, fabricTable, findingTable, functionTable, groupTable } from "./hostTables";
import { markup, type Content, type Markup } from "./markup";
import type { HostModel, ReadHost } from "./model";
import { table } from "./table";
import { counted, verdictText } from "./words";

/** A picture, and what is to be said of it in the legend. */
export interface Drawn {
  readonly svg: Markup;
  readonly notDrawn: number;
}

export function hostSection(host: HostModel, drawn: Drawn | null, id: string): Markup {
  const body = "unread" in host ? markup`<p class="unread"><strong class="refuse">✖ could not be read</strong> ${host.unread}</p>` : readSection(host, drawn, id);
  return markup`<section id="${id}" aria-labelledby="${id}-name">
<h2 id="${id}-name">${host.name}</h2>
${body}</section>
`;
}

function readSection(host: ReadHost, drawn: Drawn | null, id: string): Markup {
  const around = new Set(host.cards.flatMap((card) => [card.address, ...card.members, ...card.companions, ...host.functions.find((one) => one.address === card.address)?.upstream ?? []]));
  const near = host.functions.filter((one) => around.has(one.address) || one.role === "nvswitch");
  const far = host.functions.filter((one) => !near.includes(one));
  return markup`${facts(host)}
<h3 id="${id}-cards">Cards</h3>
${host.cards.length === 0 ? markup`<p>No GPU that could be given to a guest.</p>` : cardTable(host)}${drawn === null ? "" : figure(host, drawn, id)}
<h3 id="${id}-findings">Findings</h3>
${host.findings.length === 0 ? markup`<p>Nothing was found.</p>` : findingTable(host)}
<h3 id="${id}-change">Planned change</h3>
${changeSection(host)}
<h3 id="${id}-tree">PCI tree as tables</h3>
${groupTable(host)}${fabricTable(host)}${functionTable("Cards, what goes with them, and the path above", near)}${far.length === 0 ? "" : markup`<details><summary>${counted(far.length, "other PCI function")}</summary>
${functionTable("Other PCI functions", far)}</details>
`}`;
}

function facts({ system, kernel, iommu, trustLevel, policy, fingerprint }: ReadHost): Markup {
  const remapping = { remapped: "interrupts remapped", "not-remapped": "interrupts not remapped", "not-applicable": "interrupts isolated by the platform" }[iommu.interruptRemapping] ?? "interrupt remapping not known";
  const rows: [string, Content][] = [
    ["System", [system, kernel === null ? null : `kernel ${kernel}`].filter((part) => part !== null).join(", ") || "not known"],
    ["IOMMU", `${iommu.state}${iommu.kinds.length === 0 ? "" : ` (${iommu.kinds.join(", ")})`}${iommu.state === "active" ? `, ${counted(iommu.groups, "group")}, ${remapping}` : ""}`],
    ["Guests are taken for", { "multi-tenant": "strangers to each other (multi-tenant)", "trusted-projects": "projects that trust each other (trusted-projects)", "single-tenant": "one owner's (single-tenant)" }[trustLevel]],
    ...(policy === null ? [] : [["Policy", policy] satisfies [string, Content]]),
    ["Fingerprint", markup`<code>${fingerprint}</code>`],
  ];
  return markup`<dl>${rows.map(([term, says]) => markup`<div><dt>${term}</dt><dd>${says}</dd></div>`)}</dl>`;
}

function figure(host: ReadHost, { svg, notDrawn }: Drawn, id: string): Markup {
  return markup`
<h3 id="${id}-picture">Picture</h3>
<figure>
<div class="scroll" role="region" aria-label="Picture of ${host.name}, scrolls sideways" tabindex="0">${svg}</div>
<figcaption>From left to right: root buses, bridges with the state of ACS, functions. A patterned box with a label is an IOMMU group; a group of one function that is no card is named
in its box. A thick edge is a card, a broken red edge with the word BYSTANDER a function that would go along without belonging to the card, a broken line a link past PCIe.
“a → b” is the driver now and after the planned change.${notDrawn === 0 ? "" : ` ${counted(notDrawn, "function")} far from any card ${notDrawn === 1 ? "is" : "are"} in the tables only.`}</figcaption>
</figure>
`;
}

/** One line a host: where to look first. */
export function overview(hosts: readonly HostModel[]): Markup {
  const rows = hosts.map((host, index) => ({ host, link: markup`<a href="#host-${index + 1}">${host.name}</a>` }));
  return table("Hosts and the verdicts on their cards", [
    { head: "Host", cell: ({ link }) => link },
    { head: "Cards", cell: ({ host }) => ("unread" in host ? markup`<strong class="refuse">✖ not read</strong>` : verdictCounts(host)) },
    { head: "Planned", cell: ({ host }) => ("unread" in host ? "–" : host.change.lines.length === 0 ? "nothing" : `for ${counted(host.change.cards.length, "card")}`) },
  ], rows);
}

function verdictCounts({ cards }: ReadHost): Content {
  if (cards.length === 0) return "none";
  const verdicts = (["ready", "bindable", "refused", "unknown"] as const).map((verdict) => ({ verdict, count: cards.filter((card) => card.verdict === verdict).length })).filter(({ count }) => count > 0);
  return verdicts.map(({ verdict, count }, index) => markup`${index === 0 ? "" : ", "}<span class="whole"><strong class="${verdict}">${verdictText(verdict)}</strong>: ${count}</span>`);
}
