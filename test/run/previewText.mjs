// What `pulumi preview --diff` prints, put in order for reading: host by host, and of each resource only what a reviewer decides
// on. Lines stay as Pulumi prints them; whole blocks are left out.
export const plain = (text) => text.replace(/\u001b\[[0-9;]*m/g, "");

const kinds = ["KernelArguments", "VfioBinding", "HostReboot", "IommuVerification", "GpuReady"];
const shown = ["connection", "observed", "plan"];

/** Splits the output into {head, resources, tail}; a resource is {kind, host, header, blocks: [{key, lines}]}. */
export function parsePreview(output) {
  const parsed = { head: [], resources: [], tail: [] };
  let current;
  for (const line of output.split("\n")) {
    const text = plain(line);
    const header = /^\s*\S*\s*pulumi-nodejs:dynamic\/gpuhost:(\w+): \(/.exec(text);
    if (header) {
      current = { kind: header[1], host: "", header: line, blocks: [] };
      parsed.resources.push(current);
    } else if (current && /^ {8}/.test(text)) {
      addTo(current, line, text);
    } else if (!current) {
      parsed.head.push(line);
    } else if (!/^\s+[+~-]? ?gpuhost:index:|^\s*\[urn=|^ {4}/.test(text)) {
      parsed.tail.push(line);
    }
  }
  return parsed;
}

function addTo(resource, line, text) {
  const begins = /^ {8}(?:[+~-] )?([\w-]+) *:/.exec(text);
  if (begins) resource.blocks.push({ key: begins[1], lines: [line] });
  else resource.blocks.at(-1)?.lines.push(line);
  if (resource.blocks.at(-1)?.key === "connection") resource.host ||= /host: "([^"]*)"/.exec(text)?.[1] ?? "";
}

/** The same output, ordered by host and then in the order things are done; with `full`, every block is kept. */
export function readable(output, full = false) {
  const { head, resources, tail } = parsePreview(output);
  const place = ({ kind }) => (kinds.indexOf(kind) + kinds.length) % kinds.length;
  const ordered = [...resources].sort((a, b) => a.host.localeCompare(b.host) || place(a) - place(b));
  const first = ({ host }, index) => host !== ordered[index - 1]?.host;
  const body = ordered.flatMap(({ header, host, blocks }, index) => [...(first({ host }, index) ? [""] : []), header, ...blocks.filter(({ key }) => full || shown.includes(key)).flatMap(({ lines }) => lines)]);
  return [...head.filter((line) => full || !/^\s*\[urn=/.test(plain(line))), ...body, "", ...tail].join("\n").trimEnd();
}
