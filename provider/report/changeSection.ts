import { addresses } from "./hostTables";
import { markup, type Content, type Markup } from "./markup";
import type { ChangeModel, ReadHost } from "./model";
import { table } from "./table";
import { severityText } from "./words";

interface Row {
  readonly what: Content;
  readonly before: Content;
  readonly after: Content;
}

/** Before and after of what GpuHost would do by its defaults, and its preview. */
export function changeSection({ change }: ReadHost): Markup {
  const { cards, notPlanned, lines, findings } = change;
  const left = notPlanned.map(({ cards: of, why }) => markup`<li>${addresses(of)}: ${why}</li>`);
  const rows = [...argumentRow(change), ...change.drivers.filter(({ before, after }) => before !== after).map(({ address, before, after }): Row => ({ what: markup`Driver of <code class="whole">${address}</code>`, before: before ?? "none", after }))];
  const intro = cards.length === 0 ? "Nothing is planned: no card is there that a boot or a binding would make ready."
    : rows.length === 0 && lines.length === 0 ? markup`Nothing is left to do for ${addresses(cards)}.`
    : markup`What <code>GpuHost</code> would do by its defaults for ${addresses(cards)}, worked out from what was read. Nothing was done.`;
  return markup`<p>${intro}</p>
${left.length === 0 ? "" : markup`<p>Not planned:</p><ul>${left}</ul>
`}${table("Before and after", [
    { head: "What", cell: ({ what }) => what, least: 14 },
    { head: "Before", cell: ({ before }) => before },
    { head: "After", cell: ({ after }) => after },
  ], rows)}${table("What is touched, as a preview says it", [
    { head: "Target", cell: ({ target }) => markup`<code>${target}</code>`, least: 14 },
    { head: "How", cell: ({ says }) => says },
  ], lines)}${table("What the plan has to say", [
    { head: "Rule", cell: ({ rule }) => markup`<code>${rule}</code>`, least: 9 },
    { head: "Severity", cell: ({ severity }) => markup`<strong class="${severity}">${severityText(severity)}</strong>` },
    { head: "What was found", cell: ({ says }) => says },
    { head: "What to do", cell: ({ remedy }) => remedy, least: 14 },
  ], findings)}`;
}

function argumentRow({ argumentsBefore, argumentsAfter, argumentsAdded, argumentsRemoved }: ChangeModel): Row[] {
  if (argumentsBefore === null || argumentsAfter === null || argumentsBefore === argumentsAfter) return [];
  const removed = argumentsRemoved.length === 0 ? "" : markup`<br>removed: <del>${argumentsRemoved.join(" ")}</del>`;
  const added = argumentsAdded.length === 0 ? "" : markup`<br>added: <ins>${argumentsAdded.join(" ")}</ins>`;
  return [{ what: "Kernel arguments of the next boot", before: [markup`<code>${argumentsBefore}</code>`, removed], after: [markup`<code>${argumentsAfter}</code>`, added] }];
}
