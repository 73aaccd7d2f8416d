import { lineHeight, padding } from "./boxText";
import type { Layout, Rectangle } from "./layout";
import { markup, Markup } from "./markup";
import type { ReadHost } from "./model";
import type { Box, GroupBox, Picture } from "./picture";
import { pictureStyle } from "./pictureStyle";
import { counted } from "./words";

/** Ways to fill and to edge a group, so that neighbours differ without colour too. */
const looks = 6;

/** One host's picture. `id` begins every id in it, so that several fit into one document. */
export function svgOf(host: ReadHost, { boxes, groups, notDrawn }: Picture, layout: Layout, id: string): Markup {
  const { width, height } = layout;
  return markup`<svg xmlns="http://www.w3.org/2000/svg" class="picture" role="img" aria-labelledby="${id}-title" aria-describedby="${id}-desc" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">
<title id="${id}-title">PCI tree of ${host.name}</title>
<desc id="${id}-desc">${described(host, groups, notDrawn)}</desc>
<defs>${Array.from({ length: Math.min(looks, groups.length) }, (_, look) => pattern(look, id))}</defs>
${groups.map((group, index) => groupMarkup(group, layout.groups.get(group.id), index % looks, id))}
${layout.edges.map(({ kind, path }) => markup`<path class="edge ${kind}" d="${path}"/>
`)}${boxes.map((box) => boxMarkup(box, layout.boxes.get(box.id)))}</svg>`;
}

/** The same as a file of its own. Several hosts stand one below the other. */
export function svgFile(pictures: readonly { readonly name: string; readonly svg: Markup | null; readonly width: number; readonly height: number; readonly says: string }[]): Markup {
  const heading = 40;
  const placed: Markup[] = [];
  let y = 0;
  for (const { name, svg, height, says } of pictures) {
    placed.push(markup`<text class="heading" x="8" y="${y + 26}">${name}${says === "" ? "" : `: ${says}`}</text>
`);
    if (svg !== null) placed.push(markup`<g transform="translate(0 ${y + heading})">${svg}</g>
`);
    y += heading + (svg === null ? 0 : height + 16);
  }
  const width = Math.max(480, ...pictures.map((one) => Math.max(one.width, 40 + 9 * (one.name.length + one.says.length))));
  return markup`<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${y}" viewBox="0 0 ${width} ${y}">
<style>${new Markup(pictureStyle)}svg{background:var(--paper)}</style>
${placed}</svg>
`;
}

function described(host: ReadHost, groups: readonly GroupBox[], notDrawn: number): string {
  const bystanders = new Set(host.cards.flatMap((card) => card.bystanders)).size;
  const verdicts = (["ready", "bindable", "refused", "unknown"] as const).flatMap((verdict) => {
    const count = host.cards.filter((card) => card.verdict === verdict).length;
    return count === 0 ? [] : [`${count} ${verdict}`];
  });
  return `${counted(host.cards.length, "GPU")} (${verdicts.join(", ")}), ${counted(groups.length, "IOMMU group")} drawn as boxes, ${counted(bystanders, "bystander")}, ${counted(host.fabrics.length, "fabric")} past PCIe. ${notDrawn === 0 ? "" : `${counted(notDrawn, "function")} far from any GPU not drawn. `}The tables below say the same.`;
}

function pattern(look: number, id: string): Markup {
  const lines = ["M0 8L8 0", "M4 4h.1", "M0 4h8", "M0 0L8 8", "M4 0v8", "M0 4h8M4 0v8"][look] ?? "";
  return markup`<pattern id="${id}-fill${look}" width="8" height="8" patternUnits="userSpaceOnUse"><rect class="tint${look}" width="8" height="8"/><path class="hatch${look}" d="${lines}"/></pattern>`;
}

function groupMarkup({ label }: GroupBox, at: Rectangle | undefined, look: number, id: string): Markup {
  if (at === undefined) return markup``;
  const tag = Math.ceil(label.length * 7.4) + 12;
  return markup`<g class="group look${look}"><rect class="area" x="${at.x}" y="${at.y}" width="${at.width}" height="${at.height}" rx="6" fill="url(#${id}-fill${look})"/><rect class="tag" x="${at.x + 4}" y="${at.y + 4}" width="${tag}" height="19" rx="3"/><text x="${at.x + 10}" y="${at.y + 18}">${label}</text></g>
`;
}

function boxMarkup({ kind, lines, verdict }: Box, at: Rectangle | undefined): Markup {
  if (at === undefined) return markup``;
  const texts = lines.map(({ text, tone }, index) => markup`<text x="${at.x + padding}" y="${at.y + padding + 10 + index * lineHeight}" class="${tone}">${text}</text>`);
  return markup`<g class="box ${kind}${verdict === null ? "" : ` ${verdict}`}"><rect x="${at.x}" y="${at.y}" width="${at.width}" height="${at.height}" rx="${kind === "bridge" || kind === "root" ? 12 : 3}"/>${texts}</g>
`;
}
