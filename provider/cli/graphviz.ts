import type { Graphviz } from "../report/layout";

/** Graphviz as WebAssembly. It is an ES module of its own, and only a report pays for loading it. */
export async function openGraphviz(): Promise<Graphviz> {
  const { Graphviz: Wasm } = await import("@hpcc-js/wasm-graphviz");
  const graphviz = await Wasm.load();
  return (dot) => graphviz.layout(dot, "json", "dot");
}
