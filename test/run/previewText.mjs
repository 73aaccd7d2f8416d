// What `pulumi preview --diff` prints, put in order for reading: host by host, and of each resource only what a reviewer decides
// on. Lines stay as Pulumi prints them; whole blocks are left out.
export const plain = (text) => text.replace(/\u001b\[[0-9;]*m/g, "");

/** In the order in which they are carried out on a host. */
export const kinds = ["KernelArguments", "VfioBinding", "HostReboot", "IommuVerification", "GpuReady"];
const shown = ["connection", "observed", "plan"];

/** Splits the output into {head, resources, tail}; a resource is {kind, host, header, indent, blocks: [{key, lines}]}. */
export function parsePreview(output) {
  const parsed = { head: [], resources: [], tail: [] };
  let current;
  for (const line of output.split("\n")) {
    const text = plain(line);
    const header = /^( *)\S* ?pulumi-nodejs:dynamic\/gpuhost:(\w+): \(/.exec(text);
    if (parsed.tail.length > 0) {
      parsed.tail.push(line);
    } else if (header) {
      current = { kind: header[2], host: "", header: line, indent: header[1].length + 4, blocks: [] };
      parsed.resources.push(current);
    } else if (/^ *\S* ?gpuhost:index:\w+: \(|^ *\[urn=/.test(text)) {
      // Components hold nothing of their own, and the name of a resource is its host.
    } else if (!current) {
      parsed.head.push(line);
    } else if (text.startsWith(" ".repeat(current.indent))) {
      addTo(current, line, text);
    } else if (!text.startsWith(" ")) {
      parsed.tail.push(line);
    }
  }
  return parsed;
}

function addTo(resource, line, text) {
  const begins = /^[+~-]? ?([\w-]+) *:/.exec(text.slice(resource.indent));
  if (begins) resource.blocks.push({ key: begins[1], lines: [line] });
  else resource.blocks.at(-1)?.lines.push(line);
  if (resource.blocks.at(-1)?.key === "connection") resource.host ||= /host: "([^"]*)"/.exec(text)?.[1] ?? "";
}

/** The same output, ordered by host and then in the order things are done; with `full`, every block is kept. */
export function readable(output, full = false) {
  const { head, resources, tail } = parsePreview(output);
  const place = ({ kind }) => (kinds.indexOf(kind) + kinds.length) % kinds.length;
  const ordered = [...resources].sort((a, b) => a.host.localeCompare(b.host) || place(a) - place(b));
  const body = ordered.flatMap((resource, index) => {
    const before = ordered[index - 1]?.host === resource.host ? ordered[index - 1] : undefined;
    return [...(before ? [] : [""]), resource.header, ...(full ? resource.blocks.flatMap(({ lines }) => lines) : decided(resource, before))];
  });
  return [...head, ...body, "", ...tail].join("\n").trimEnd();
}

/** The blocks to decide on; one line where the plan is that of the resource before, as it is for a host that does not answer. */
function decided(resource, before) {
  const plan = (of) => of?.blocks.find(({ key }) => key === "plan")?.lines.slice(1).join("\n");
  if (before && plan(resource) === plan(before)) return [`${" ".repeat(resource.indent)}(plan as above)`];
  return resource.blocks.filter(({ key }) => shown.includes(key)).flatMap(({ lines }) => lines);
}

/** For the lines of `pulumi up` as they come: the update alone, its messages without the stack's name, nothing twice. */
export function updateProgress(print) {
  let part = "preview";
  return (line) => {
    const text = plain(line);
    if (text.startsWith("Updating")) part = "update";
    if (text.startsWith("Diagnostics:")) part = "repetition";
    if (text.startsWith("Resources:")) part = "summary";
    if (part === "preview" || part === "repetition" || /^@|^\s*$/.test(text)) return;
    const message = /pulumi:pulumi:Stack \S+ creat\w+ \([\d.]+s\) ?(.*)$/.exec(text);
    if (!message) print(line);
    else if (message[1]) print(`      ${message[1]}`);
  };
}
