import type { Edge, Picture } from "./picture";

export interface Rectangle {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Where everything goes: pixels from the upper left corner. */
export interface Layout {
  readonly width: number;
  readonly height: number;
  readonly boxes: ReadonlyMap<string, Rectangle>;
  readonly groups: ReadonlyMap<string, Rectangle>;
  readonly edges: readonly { readonly kind: Edge["kind"]; readonly path: string }[];
}

/** Answers a DOT text with Graphviz's own JSON. */
export type Graphviz = (dot: string) => string;

interface Answer {
  readonly bb: string;
  readonly objects?: readonly { readonly name: string; readonly bb?: string; readonly pos?: string }[];
  readonly edges?: readonly { readonly id: string; readonly pos: string }[];
}

/** Room around the picture, for lines that are as thick as they are. */
const margin = 6;

/** Graphviz counts from the lower left corner, in points. */
export function layoutOf(picture: Picture, json: string): Layout {
  const answer = JSON.parse(json) as Answer;
  const sizes = new Map(picture.boxes.map((box) => [box.id, box]));
  const [, , right = 0, top = 0] = numbers(answer.bb);
  // What is left of the root buses is the root above them.
  const left = Math.min(right, ...(answer.objects ?? []).flatMap(({ name, pos, bb }) => (bb !== undefined ? numbers(bb)[0] ?? 0 : pos === undefined || !sizes.has(name) ? [] : (numbers(pos)[0] ?? 0) - (sizes.get(name)?.width ?? 0) / 2)));
  const x = (of: number): number => rounded(of - left + margin);
  const y = (of: number): number => rounded(top - of + margin);
  const boxes = new Map<string, Rectangle>();
  const groups = new Map<string, Rectangle>();
  for (const { name, bb, pos } of answer.objects ?? []) {
    const box = sizes.get(name);
    if (bb !== undefined) {
      const [x1 = 0, y1 = 0, x2 = 0, y2 = 0] = numbers(bb);
      groups.set(name.replace("cluster_", ""), { x: x(x1), y: y(y2), width: rounded(x2 - x1), height: rounded(y2 - y1) });
    } else if (box !== undefined && pos !== undefined) {
      const [cx = 0, cy = 0] = numbers(pos);
      boxes.set(name, { x: x(cx - box.width / 2), y: y(cy + box.height / 2), width: box.width, height: box.height });
    }
  }
  const edges = (answer.edges ?? []).flatMap(({ id, pos }) => {
    const edge = picture.edges[Number(id)];
    return edge === undefined ? [] : [{ kind: edge.kind, path: pathOf(pos, x, y) }];
  });
  return { width: rounded(right - left + 2 * margin), height: rounded(top + 2 * margin), boxes, groups, edges };
}

function pathOf(pos: string, x: (of: number) => number, y: (of: number) => number): string {
  const [start = "", ...curve] = pos.split(" ").map((point) => {
    const [px = 0, py = 0] = numbers(point);
    return `${x(px)} ${y(py)}`;
  });
  return `M${start}C${curve.join(" ")}`;
}

function numbers(text: string): number[] {
  return text.split(",").map(Number);
}

function rounded(of: number): number {
  return Math.round(of * 10) / 10;
}
