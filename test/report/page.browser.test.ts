import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openGraphviz } from "../../provider/cli/graphviz";
import { htmlReport, svgReport } from "../../provider/report/files";
import type { HostModel } from "../../provider/report/model";
import { startBrowser, type Browser, type BrowserPage, type View } from "../beds/chromium/browser";
import { addFunction } from "../facts/trees";
import { all, modelOf, shared } from "./hosts";
import { contrasts, overflowing, pictures } from "./inPage";

/** Pictures of the page, for whoever wants to look: npx vitest run --project engine test/report. */
const looks = resolve(__dirname, "..", "..", "test-results", "report");
const folder = mkdtempSync(join(tmpdir(), "gpuhost-report-"));
const file = join(folder, "report.html");
const hosts: readonly HostModel[] = [...Object.entries(all).map(([name, tree]) => modelOf(tree(), name)), { name: "hv9", unread: "hv9: no answer within 20 s" }];
let browser: Browser;

beforeAll(async () => {
  writeFileSync(file, htmlReport({ schema: 1, hosts }, await openGraphviz(), "0.0.0"));
  mkdirSync(looks, { recursive: true });
  browser = await startBrowser();
});
afterAll(async () => {
  await browser?.close();
  rmSync(folder, { recursive: true, force: true });
});

async function seen<T>(view: View, look: (page: BrowserPage) => Promise<T>): Promise<T> {
  const page = await browser.open(file, view);
  try {
    return await look(page);
  } finally {
    await page.close();
  }
}

interface Rectangle {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

const phone = { width: 390, height: 844 } as const;
const desktop = { width: 1280, height: 900 } as const;

test.each<[string, View]>([["a phone", phone], ["the narrowest screen", { width: 320 }], ["a tablet", { width: 768 }], ["just not a tablet", { width: 1025 }], ["a desktop", desktop]])("on %s nothing is wider than the screen", async (_, view) => {
  expect(await seen(view, (page) => page.evaluate<string[]>(overflowing))).toEqual([]);
});

describe.each<[string, View]>([["light", { ...desktop, scheme: "light" }], ["dark", { ...desktop, scheme: "dark" }], ["light on a phone", { ...phone, scheme: "light" }], ["dark on a phone", { ...phone, scheme: "dark" }], ["printed", { ...desktop, media: "print", scheme: "dark" }]])("%s", (name, view) => {
  test("every text can be told from what is behind it", async () => {
    const found = await seen(view, async (page) => {
      writeFileSync(join(looks, `${name.replaceAll(" ", "-")}.png`), await page.screenshot());
      return page.evaluate<{ text: string; svg: boolean; ratio: number }[]>(contrasts);
    });
    expect(found.filter(({ svg }) => svg).length).toBeGreaterThan(200);
    expect(found.filter(({ svg }) => !svg).length).toBeGreaterThan(400);
    expect(found.filter(({ ratio }) => ratio < 4.5)).toEqual([]);
  });
});

test("the two schemes differ, and paper is light whatever the screen is", async () => {
  const paper = (view: View): Promise<string> => seen(view, (page) => page.evaluate<string>("getComputedStyle(document.body).backgroundColor"));
  expect(await Promise.all([paper({ ...desktop, scheme: "light" }), paper({ ...desktop, scheme: "dark" }), paper({ ...desktop, scheme: "dark", media: "print" })])).toEqual(["rgb(255, 255, 255)", "rgb(20, 23, 27)", "rgb(255, 255, 255)"]);
});

interface Node {
  readonly ignored: boolean;
  readonly role?: { readonly value: string };
  readonly name?: { readonly value: string };
  readonly properties?: readonly { readonly name: string; readonly value: { readonly value: unknown } }[];
}

describe.each<[string, View]>([["desktop", desktop], ["phone", phone]])("to a screen reader on a %s", (_, view) => {
  const tree = (): Promise<Node[]> => seen(view, async (page) => (await page.call<{ nodes: Node[] }>("Accessibility.getFullAXTree")).nodes.filter(({ ignored }) => !ignored));
  const named = (nodes: readonly Node[], role: string): string[] => nodes.filter((node) => node.role?.value === role).map((node) => node.name?.value ?? "");

  test("there are landmarks, headings in order, and pictures that say what they show", async () => {
    const nodes = await tree();
    for (const landmark of ["banner", "navigation", "main", "contentinfo"]) expect(named(nodes, landmark)).toHaveLength(1);
    const headings = nodes.filter((node) => node.role?.value === "heading").map((node) => [node.properties?.find(({ name }) => name === "level")?.value.value, node.name?.value]);
    expect(headings.filter(([level]) => level === 1)).toEqual([[1, "GPUs of 7 hosts"]]);
    expect(headings.filter(([level]) => level === 2).map(([, name]) => name)).toEqual(hosts.map(({ name }) => name));
    expect(headings.slice(1, 7)).toEqual([[2, "eight"], [3, "Cards"], [3, "Picture"], [3, "Findings"], [3, "Planned change"], [3, "PCI tree as tables"]]);
    expect(nodes.filter((node) => /^(image|img)$/.test(node.role?.value ?? "")).map((node) => node.name?.value)).toEqual(["eight", "shared", "switched-off", "bindable", "ready"].map((name) => `PCI tree of ${name}`));
  });

  test("tables are tables, with captions, columns and rows that have names", async () => {
    const nodes = await tree();
    const tables = named(nodes, "table");
    expect(tables.filter((name) => name === "")).toEqual([]);
    expect(tables).toEqual(expect.arrayContaining(["Hosts and the verdicts on their cards", "Cards, and what goes with each", "Findings, the worst first", "Before and after", "IOMMU groups with a card or with several members", "Links past PCIe and the IOMMU"]));
    expect(named(nodes, "columnheader")).toEqual(expect.arrayContaining(["Card", "Verdict", "What to do", "Before", "After"]));
    expect(named(nodes, "rowheader")).toEqual(expect.arrayContaining(["0000:13:00.0", "bystander-in-group"]));
    expect(named(nodes, "cell").length + named(nodes, "gridcell").length).toBeGreaterThan(300);
  });
});

test("in a picture nothing lies on anything else, and no text sticks out of its box", async () => {
  interface Drawn { readonly boxes: readonly (Rectangle & { readonly texts: readonly (Rectangle & { readonly says: string })[] })[]; readonly groups: readonly { readonly area: Rectangle; readonly tag: Rectangle; readonly texts: readonly Rectangle[] }[]; readonly size: Rectangle }
  const found = await seen(desktop, (page) => page.evaluate<Drawn[]>(pictures));
  expect(found.map(({ boxes }) => boxes.length > 2)).toEqual([true, true, true, true, true]);
  const apart = (a: Rectangle, b: Rectangle): boolean => a.x + a.width <= b.x || b.x + b.width <= a.x || a.y + a.height <= b.y || b.y + b.height <= a.y;
  const inside = (a: Rectangle, b: Rectangle): boolean => a.x >= b.x - 0.1 && a.y >= b.y - 0.1 && a.x + a.width <= b.x + b.width + 0.1 && a.y + a.height <= b.y + b.height + 0.1;
  for (const { boxes, groups, size } of found) {
    const faults = [
      ...boxes.flatMap((box, at) => boxes.slice(at + 1).filter((other) => !apart(box, other)).map((other) => [box, other])),
      ...boxes.flatMap((box) => box.texts.filter((text) => text.width === 0 || !inside(text, box))),
      ...boxes.flatMap((box) => box.texts.flatMap((text, at) => box.texts.slice(at + 1).filter((other) => text.y + text.height > other.y + 3))),
      ...groups.flatMap(({ area, tag, texts }) => [...boxes.filter((box) => !apart(box, tag)), ...texts.filter((text) => !inside(text, tag)), ...(inside(tag, area) ? [] : [tag]), ...boxes.filter((box) => !apart(box, area) && !inside(box, area))]),
      ...groups.flatMap(({ area }, at) => groups.slice(at + 1).filter((other) => !apart(area, other.area))),
      ...[...boxes, ...groups.map(({ area }) => area)].filter((each) => !inside(each, size)),
    ];
    expect(faults).toEqual([]);
  }
});

test("what is drawn is in the tables too, word for word", async () => {
  const missing = await seen(desktop, (page) => page.evaluate<string[]>(`[...document.querySelectorAll("main section")].flatMap((section) => {
    const tables = [...section.querySelectorAll("table")].map((table) => table.textContent).join(" ");
    return [...section.querySelectorAll("svg .first")].map((text) => text.textContent).filter((text) => /:..\\.\\d$/.test(text) && !tables.includes(text));
  })`));
  expect(missing).toEqual([]);
});

test("the picture alone is XML that a browser draws, in both schemes", async () => {
  const alone = join(folder, "report.svg");
  writeFileSync(alone, svgReport({ schema: 1, hosts: [...hosts, { name: "<b>&\u0000\ufffe", unread: "x" }] }, await openGraphviz()));
  const colours = await Promise.all((["light", "dark"] as const).map(async (scheme) => {
    const page = await browser.open(alone, { ...desktop, scheme });
    const seen = await page.evaluate<string[]>(`[document.documentElement.nodeName, String(document.querySelectorAll("svg.picture").length), document.querySelector("parsererror")?.textContent ?? "", [...document.querySelectorAll(".heading")].at(-1).textContent, getComputedStyle(document.documentElement).backgroundColor]`);
    await page.close();
    return seen;
  }));
  expect(colours).toEqual([["svg", "5", "", "<b>&\ufffd\ufffd: could not be read", "rgb(255, 255, 255)"], ["svg", "5", "", "<b>&\ufffd\ufffd: could not be read", "rgb(20, 23, 27)"]]);
});

test("what a host calls itself is text to the browser", async () => {
  const name = `</style></title><img src=x onerror="document.title='run'"><script>document.title = 'run'</script>`;
  const hostile = join(folder, "hostile.html");
  const tree = addFunction(shared(), "0000:00:02.0", { ids: "8086:3e92", class: "038000", group: 9, driver: "<b>driver</b>" }).addText("/etc/os-release", `ID=debian\nPRETTY_NAME='${name.replaceAll("'", "")}'`);
  writeFileSync(hostile, htmlReport({ schema: 1, hosts: [modelOf(tree, name)] }, await openGraphviz(), "0.0.0"));
  const page = await browser.open(hostile, phone);
  expect(await page.evaluate<unknown>(`[document.querySelector("h2").textContent, document.title, document.querySelectorAll("script, img, b").length]`)).toEqual([name, `GPUs of ${name}`, 0]);
  expect(await page.evaluate<string[]>(overflowing)).toEqual([]);
  await page.close();
});

test("the page asks for nothing but itself, and prints what is folded away", async () => {
  expect(await seen(desktop, async (page) => page.requests)).toEqual([pathToFileURL(file).href]);
  expect(await seen({ ...desktop, media: "print" }, (page) => page.evaluate<boolean>(`document.querySelector("details table").checkVisibility({ contentVisibilityAuto: true }) && document.querySelector("details table").getBoundingClientRect().height > 20`))).toBe(true);
});
