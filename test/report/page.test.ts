import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { openGraphviz } from "../../provider/cli/graphviz";
import { dotOf } from "../../provider/report/dot";
import { htmlReport, jsonReport, svgReport } from "../../provider/report/files";
import { layoutOf, type Graphviz } from "../../provider/report/layout";
import { markup, visible } from "../../provider/report/markup";
import type { HostModel } from "../../provider/report/model";
import { picture } from "../../provider/report/picture";
import { addFunction } from "../facts/trees";
import { all, modelOf, shared, switchedOff } from "./hosts";
import { skeleton } from "./skeleton";

let graphviz: Graphviz;
beforeAll(async () => {
  graphviz = await openGraphviz();
});

const html = (...hosts: HostModel[]): string => htmlReport({ schema: 1, hosts }, graphviz, "0.0.0");
const svg = (...hosts: HostModel[]): string => svgReport({ schema: 1, hosts }, graphviz);

/** What markup is made of, and what a terminal or an editor would not show. */
const hostile = fc.oneof(
  fc.constantFrom("<script>alert(1)</script>", "</style><b>", "<!--", "]]>", "&lt;b&gt;", '" onload="x', "' onload='x", "</svg><img src=x onerror=x>", "javascript:x", "\u202e\u2066", "\u0000\u0008", "\ud800", "\ufffe"),
  fc.string({ unit: fc.constantFrom("<", ">", "&", '"', "'", "/", "=", " ", "a", "`", "$", "{", "\\", "\n", "é", "\u{1f600}"), minLength: 1, maxLength: 20 }),
  fc.string({ unit: "binary", minLength: 1, maxLength: 12 }),
);

/** Fields whose values are words of ours or addresses, which the parsers let through in their own form only. */
const fixed = new Set(["address", "cards", "members", "companions", "bystanders", "peers", "switches", "upstream", "physicalFunction", "verdict", "severity", "role", "state", "trustLevel", "interruptRemapping"]);

function spoiled<T>(of: T, by: string, key = ""): T {
  if (typeof of === "string") return (fixed.has(key) || (key === "kind" && /^(nvlink|nvswitch|xgmi)$/.test(of)) ? of : `${of}${by}`) as T;
  if (Array.isArray(of)) return of.map((each: unknown) => spoiled(each, by, key)) as T;
  if (of === null || typeof of !== "object") return of;
  return Object.fromEntries(Object.entries(of).map(([name, each]) => [name, spoiled(each, by, name)])) as T;
}

describe("text of a host never becomes markup", () => {
  test("in no field of the model, on the page or in the picture", () => {
    const hosts: HostModel[] = [modelOf(shared(), "hv1"), modelOf(switchedOff(), "hv2"), { name: "hv3", unread: "no answer" }];
    const harmless = hosts.map((host) => spoiled(host, "x"));
    const [page, picture] = [skeleton(html(...harmless)), skeleton(svg(...harmless))];
    fc.assert(fc.property(hostile, (text) => {
      const spoilt = hosts.map((host) => spoiled(host, text));
      expect(skeleton(html(...spoilt))).toEqual(page);
      expect(skeleton(svg(...spoilt))).toEqual(picture);
    }), { numRuns: 60 });
  });

  test("in what is read of a host: a driver, a system and a disk with a name of their own", () => {
    const host = (name: string): HostModel => {
      const tree = addFunction(shared(), "0000:00:02.0", { ids: "8086:3e92", class: "038000", group: 9, driver: name }).addText("/etc/os-release", `ID=debian\nPRETTY_NAME='${name}'`).addText("/proc/sys/kernel/osrelease", name);
      return modelOf(tree, name);
    };
    fc.assert(fc.property(fc.string({ unit: fc.constantFrom("<", ">", "&", '"', "b", "="), minLength: 1, maxLength: 12 }), (name) => {
      const model = host(name);
      expect(jsonReport({ schema: 1, hosts: [model] })).toContain(JSON.stringify(name).slice(1, -1));
      expect(skeleton(html(model))).toEqual(skeleton(html(host("x"))));
    }), { numRuns: 30 });
  });

  test("a text comes back as it was, but for what no page can hold", () => {
    const back = (text: string): string => text.replace(/&(lt|gt|quot|amp|#39);/g, (_, name: string) => ({ lt: "<", gt: ">", quot: '"', amp: "&", "#39": "'" })[name] ?? "");
    fc.assert(fc.property(hostile, (text) => {
      const { text: made } = markup`<p title="${text}">${text}</p>`;
      expect(back(made)).toBe(`<p title="${visible(text)}">${visible(text)}</p>`);
      expect(made.match(/[<>]/g)).toHaveLength(4);
    }));
  });
});

describe("the same facts give the same bytes", () => {
  test.each(Object.entries(all))("%s", (name, tree) => {
    const [first, second] = [modelOf(tree(), name), modelOf(tree(), name)];
    expect(html(first)).toBe(html(second));
    expect(svg(first)).toBe(svg(second));
    expect(jsonReport({ schema: 1, hosts: [first] })).toBe(jsonReport({ schema: 1, hosts: [second] }));
  });
});

test("nothing is fetched: no address but that of the SVG name space, no script, no style from elsewhere", () => {
  const page = html(...Object.entries(all).map(([name, tree]) => modelOf(tree(), name)));
  expect([...new Set(page.match(/https?:[^"' ]*/g))]).toEqual(["http://www.w3.org/2000/svg"]);
  expect(page).not.toMatch(/<(script|link|img|iframe|object|embed)|@import|url\((?!#)/);
  expect(page).toContain(`content="default-src 'none'; style-src 'unsafe-inline'"`);
});

test("the JSON is all of the model and nothing else", () => {
  const model = { schema: 1, hosts: [modelOf(shared(), "hv1"), { name: "hv2", unread: "no answer" }] } as const;
  expect(JSON.parse(jsonReport(model))).toEqual(model);
});

test("ids are unique on a page with several hosts", () => {
  const ids = [...html(...Object.entries(all).map(([name, tree]) => modelOf(tree(), name))).matchAll(/ id="([^"]+)"/g)].map(([, id]) => id);
  expect(new Set(ids).size).toBe(ids.length);
});

describe("in the picture", () => {
  test.each(["eight", "switched-off", "bindable"])("of %s what is below one port stands in the order of addresses", (name) => {
    const drawn = picture(modelOf((all[name] ?? shared)(), name));
    const { boxes } = layoutOf(drawn, graphviz(dotOf(drawn)));
    const y = (id: string): number => boxes.get(id)?.y ?? Number.NaN;
    const siblings = [...Map.groupBy(drawn.edges.filter(({ kind }) => kind === "pci"), ({ from }) => from).values(), drawn.boxes.filter(({ kind }) => kind === "root").map(({ id }) => ({ to: id }))];
    for (const below of siblings) expect(below.map(({ to }) => y(to))).toEqual(below.map(({ to }) => y(to)).toSorted((a, b) => a - b));
  });
});

test("docs/report.svg is what comes out today", async () => {
  await expect(svg(modelOf(shared(), "hv1"), modelOf(switchedOff(), "hv2"))).toMatchFileSnapshot("../../docs/report.svg");
});
