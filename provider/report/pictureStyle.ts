/** [line and text, tint behind it] of each look of a group; the text of a tag stands on paper. */
const light = [["#0b5cad", "#e3effb"], ["#8a4b00", "#fbefdd"], ["#0a6b3d", "#e0f3e8"], ["#7a2b9c", "#f4e8fa"], ["#a3204f", "#fce6ee"], ["#4d5a00", "#f1f4d8"]] as const;
const dark = [["#7fb8f5", "#152a41"], ["#f0b266", "#3a2913"], ["#6fd3a0", "#12311f"], ["#d3a1ee", "#311d3d"], ["#f597b6", "#3d1826"], ["#ccd76a", "#2b2f10"]] as const;

const lightColours = "--ink:#1b1f24;--paper:#ffffff;--soft:#f4f6f8;--quiet:#505863;--line:#6b7480;--link:#0b5cad;--good:#0a6b3d;--go:#0b5cad;--bad:#b3161b;--doubt:#7d4a00;";
const darkColours = "--ink:#e6e9ee;--paper:#14171b;--soft:#1e2329;--quiet:#a9b2bd;--line:#8a94a0;--link:#7fb8f5;--good:#6fd3a0;--go:#7fb8f5;--bad:#ff8a86;--doubt:#f0b266;";

const groupColours = (looks: readonly (readonly [string, string])[]): string => looks.map(([line, tint], look) => `--line${look}:${line};--tint${look}:${tint};`).join("");

/** Monospace, because boxes are sized before anybody knows the reader's fonts. */
const font = `12px ui-monospace,"DejaVu Sans Mono","Liberation Mono",Menlo,Consolas,monospace`;

const dashes = ["none", "8 3", "2 3", "12 3 2 3", "5 5", "14 4"];

/** Colours of both schemes, on paper the light ones; and everything inside a picture. */
export const pictureStyle = [
  `:root{color-scheme:light dark;${lightColours}${groupColours(light)}}`,
  `@media screen and (prefers-color-scheme:dark){:root{${darkColours}${groupColours(dark)}}}`,
  `.picture text{font:${font};fill:var(--ink)}`,
  `.picture .edge{fill:none;stroke:var(--line);stroke-width:1.5}`,
  `.picture .edge.fabric{stroke:var(--doubt);stroke-dasharray:6 4}`,
  `.picture .box rect{fill:var(--paper);stroke:var(--line);stroke-width:1.2}`,
  `.picture .root rect,.picture .bridge rect{fill:var(--soft)}`,
  `.picture .card rect{stroke:var(--ink);stroke-width:3}`,
  `.picture .bystander rect{stroke:var(--bad);stroke-width:2.5;stroke-dasharray:4 3}`,
  `.picture .fabric rect{stroke:var(--doubt);stroke-width:2;stroke-dasharray:6 4}`,
  `.picture .first,.picture .verdict,.picture .alarm{font-weight:bold}`,
  `.picture .alarm{fill:var(--bad)}`,
  `.picture .ready .verdict{fill:var(--good)}.picture .bindable .verdict{fill:var(--go)}.picture .refused .verdict{fill:var(--bad)}.picture .unknown .verdict{fill:var(--doubt)}`,
  `.picture .tag{fill:var(--paper)}`,
  ...dashes.map((dash, look) => `.picture .look${look} .area{stroke:var(--line${look});stroke-width:2;stroke-dasharray:${dash}}.picture .look${look} .tag{stroke:var(--line${look})}.picture .look${look} text{fill:var(--line${look});font-weight:bold}.tint${look}{fill:var(--tint${look})}.hatch${look}{fill:none;stroke:var(--line${look});stroke-width:${look === 1 ? 2 : 0.6};stroke-opacity:.45;stroke-linecap:round}`),
  `.heading{font:bold 16px system-ui,sans-serif;fill:var(--ink)}`,
  "",
].join("\n");
