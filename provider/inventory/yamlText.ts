import { isMap, isScalar, LineCounter, parseDocument, type Document, type Pair, type ParsedNode, type Scalar, type ScalarTag, type Tags, type YAMLMap } from "yaml";
import { unreadableAt, type Place } from "./place";
import { vaulted } from "./vault";

const vaultTags = ["!vault", "!vault-encrypted"].map((tag): ScalarTag => ({ tag, resolve: () => vaulted, identify: () => false }));
/** The text as it stands: what Ansible marks so is never a template. */
const unsafe: ScalarTag = { tag: "!unsafe", resolve: (text) => text, identify: () => false };
/** PyYAML has no y and n for true and false. */
const booleans = [[true, /^(?:yes|Yes|YES|true|True|TRUE|on|On|ON)$/], [false, /^(?:no|No|NO|false|False|FALSE|off|Off|OFF)$/]] as const;

function tagsOfAnsible(tags: Tags): Tags {
  const plain = tags.filter((tag) => typeof tag === "string" || !/:(bool|timestamp)$/.test(tag.tag));
  const both = booleans.map(([value, test]): ScalarTag => ({ default: true, tag: "tag:yaml.org,2002:bool", test, resolve: () => value, identify: (of) => of === value }));
  return [...both, ...plain, ...vaultTags, unsafe];
}

/** A YAML or JSON text of Ansible's (YAML 1.1, as PyYAML has it), and where each part of it stands. */
export class YamlText {
  readonly data: unknown;
  readonly #document: Document.Parsed<ParsedNode>;
  readonly #lines = new LineCounter();
  readonly #pairs = new WeakMap<YAMLMap, ReadonlyMap<string, Pair<Scalar>>>();

  /** @throws InputError with the place; the parser's own words quote the text, which may hold a password, and are left out. */
  constructor(text: string, private readonly file: string) {
    this.#document = parseDocument(text, { version: "1.1", logLevel: "silent", lineCounter: this.#lines, customTags: tagsOfAnsible });
    const fault = [...this.#document.errors, ...this.#document.warnings][0];
    if (fault !== undefined) throw unreadableAt({ file, line: fault.linePos?.[0].line ?? 1 }, reasonOf(fault.code));
    try {
      this.data = this.#document.toJS({ maxAliasCount: 100 });
    } catch {
      throw unreadableAt({ file, line: 1 }, "an alias of this file names nothing, or too much.");
    }
  }

  /** Where the key at the end of the path stands, or the nearest part of the path that is written out (merged keys are not). */
  placeOf(path: readonly string[]): Place {
    let here: unknown = this.#document.contents;
    let offset = this.#document.contents?.range[0] ?? 0;
    for (const key of path) {
      const pair = isMap(here) ? this.#pairsOf(here).get(key) : undefined;
      if (pair === undefined) break;
      offset = pair.key.range?.[0] ?? offset;
      here = pair.value;
    }
    return { file: this.file, line: this.#lines.linePos(offset).line };
  }

  #pairsOf(map: YAMLMap): ReadonlyMap<string, Pair<Scalar>> {
    const found = this.#pairs.get(map) ?? new Map(map.items.flatMap((item) => (isScalar(item.key) ? [[String(item.key.value), item as Pair<Scalar>]] : [])));
    this.#pairs.set(map, found);
    return found;
  }
}

function reasonOf(code: string): string {
  if (code === "DUPLICATE_KEY") return "the key is written twice in this map: Ansible would take the last one and drop the other.";
  if (code === "TAG_RESOLVE_FAILED") return "this tag is not known here; known are !vault and !unsafe.";
  return `no YAML here (${code.toLowerCase().replaceAll("_", " ")}).`;
}

export function isRecord(of: unknown): of is Readonly<Record<string, unknown>> {
  return typeof of === "object" && of !== null && !Array.isArray(of) && Object.getPrototypeOf(of) === Object.prototype;
}
