/** Markup without any text and without the values of attributes: what a browser would build from it. Throws where a tag is not well formed. */
export function skeleton(markup: string): string[] {
  const body = markup.replace(/<style>[\s\S]*?<\/style>/g, "<style>");
  const tags = body.match(/<[^>]*>/g) ?? [];
  return tags.map((tag) => {
    const found = /^<(!DOCTYPE html|\/?[a-zA-Z0-9]+)((?:\s+[\w:-]+(?:="[^"<>]*")?)*)\s*(\/?)>$/.exec(tag);
    if (found === null) throw new Error(`no tag: ${tag}`);
    return `${found[1]}${(found[2] ?? "").replace(/="[^"]*"/g, "")}${found[3]}`;
  });
}
