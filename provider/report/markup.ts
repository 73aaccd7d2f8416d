/** Text that is markup already. Everything else that goes into a page is escaped on its way. */
export class Markup {
  constructor(readonly text: string) {}
}

export type Content = Markup | string | number | readonly Content[];

/** Markup from a template: what stands in the source is markup, what is put in is text, unless it is Markup itself. */
export function markup(parts: TemplateStringsArray, ...values: readonly Content[]): Markup {
  return new Markup(parts.map((part, index) => part + (index < values.length ? printed(values[index] ?? "") : "")).join(""));
}

function printed(content: Content): string {
  if (content instanceof Markup) return content.text;
  if (typeof content === "string") return escaped(content);
  return typeof content === "number" ? String(content) : content.map(printed).join("");
}

const entities: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };

/** For text and attributes of HTML and of SVG as XML. */
function escaped(text: string): string {
  return visible(text).replace(/[&<>"']/g, (char) => entities[char] ?? "");
}

/**
 * What XML cannot hold (control characters, lone surrogates, noncharacters) and what turns the direction of the text around it (Unicode bidi
 * controls, with which a name could read as another) shows as U+FFFD.
 */
export function visible(text: string): string {
  return text.replace(/[\p{Cs}\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufffe\uffff]/gu, "\ufffd");
}
