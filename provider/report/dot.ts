import type { Picture } from "./picture";

/** The question for Graphviz: boxes of fixed sizes, and no text of a host in it. Left to right, so that a host with many cards grows downwards. */
export function dotOf({ boxes, groups, edges }: Picture): string {
  const inches = (pixels: number): string => (pixels / 72).toFixed(4);
  return [
    "digraph {",
    "  rankdir=LR; nodesep=0.2; ranksep=0.55;",
    '  node [shape=box, fixedsize=true, label=""]; edge [arrowhead=none, tailport=e, headport=w];',
    // Members backwards and before all else: so they come out in order of their addresses.
    // Graphviz leaves room for the label, which is drawn in another font: capitals are wider than what is drawn.
    ...groups.map(({ id, label, boxes: members }) => `  subgraph cluster_${id} { margin=10; label="${"M".repeat(Math.ceil(label.length * 0.6))}"; fontsize=14; labeljust=l; ${[...members].reverse().join("; ")} }`),
    ...boxes.map(({ id, width, height }) => `  ${id} [width=${inches(width)}, height=${inches(height)}]`),
    // One root above all root buses keeps these in order; it is not drawn.
    `  top [width=0.01, height=0.01]`,
    ...boxes.filter(({ kind }) => kind === "root").map(({ id }) => `  top -> ${id} [id=top, weight=0]`),
    ...edges.map(({ from, to, kind }, index) => `  ${from} -> ${to} [id=${index}, ${kind === "pci" ? "weight=5" : "minlen=2"}]`),
    "}",
    "",
  ].join("\n");
}
