import { dotOf } from "./dot";
import { layoutOf, type Graphviz, type Layout } from "./layout";
import type { Markup } from "./markup";
import type { HostModel, ReportModel } from "./model";
import { page } from "./page";
import { picture, type Picture } from "./picture";
import { svgFile, svgOf } from "./svg";

interface DrawnHost {
  readonly model: HostModel;
  readonly drawn: { readonly svg: Markup; readonly notDrawn: number; readonly layout: Layout } | null;
}

/** One self-contained HTML page. The same model gives the same bytes. */
export function htmlReport({ hosts }: ReportModel, graphviz: Graphviz, version: string): string {
  return page(drawAll(hosts, graphviz), version).text;
}

/** The pictures alone, as one SVG file. */
export function svgReport({ hosts }: ReportModel, graphviz: Graphviz): string {
  return svgFile(drawAll(hosts, graphviz).map(({ model, drawn }) => ({
    name: model.name, svg: drawn?.svg ?? null, width: drawn?.layout.width ?? 0, height: drawn?.layout.height ?? 0,
    says: "unread" in model ? "could not be read" : drawn === null ? "no GPU that could be given to a guest" : "",
  }))).text;
}

/** What both say, as one JSON object. */
export function jsonReport(model: ReportModel): string {
  return `${JSON.stringify(model, null, 2)}\n`;
}

function drawAll(hosts: readonly HostModel[], graphviz: Graphviz): DrawnHost[] {
  return hosts.map((model, index) => ({ model, drawn: "unread" in model ? null : drawHost(model, graphviz, `host-${index + 1}`) }));
}

function drawHost(model: Exclude<HostModel, { readonly unread: string }>, graphviz: Graphviz, id: string): DrawnHost["drawn"] {
  const drawn: Picture = picture(model);
  if (drawn.boxes.length === 0) return null;
  const layout = layoutOf(drawn, graphviz(dotOf(drawn)));
  return { svg: svgOf(model, drawn, layout, id), notDrawn: drawn.notDrawn, layout };
}
