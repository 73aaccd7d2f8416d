import type { GraphicsFacts, PlatformGpu, RenderNode } from "./graphicsTypes";
import { functionOfPath } from "./pciAddress";
import { absent, mapReading, unreadable, value, type Reading } from "./reading";
import type { Snapshot } from "./snapshot";
import { linesOf } from "./values";

/** Answers of the probe 62-graphics.sh: lines of one word and its text. */
export function graphicsFacts(snapshot: Snapshot): GraphicsFacts {
  const stack = asked(snapshot.answer("graphics-stack"));
  const of = (text: string, word: string): string[] => linesOf(text).flatMap((line) => (line.startsWith(`${word} `) ? [line.slice(word.length + 1)] : []));
  const platformGpus = mapReading(asked(snapshot.answer("platform-gpus")), parsePlatformGpus);
  return {
    container: stack.kind === "value" && linesOf(stack.value).includes("container"),
    emulators: stack.kind !== "value" ? stack : of(stack.value, "programs").length === 0 ? unreadable("no directory of programs was read") : value(of(stack.value, "emulator").sort()),
    modules: someOf(mapReading(stack, (text) => [...new Set(of(text, "module"))].map((name) => name.replace(/\.so$/, "")).sort())),
    qemu: versionOf(stack, /^qemu-/),
    libvirt: versionOf(stack, /^libvirt-/),
    virglrenderer: versionOf(stack, /^(lib)?virglrenderer\d*$/),
    mesa: versionOf(stack, /mesa/),
    renderNodes: renderNodes(snapshot, platformGpus),
    platformGpus: platformGpus.kind === "value" ? platformGpus.value : platformGpus,
  };
}

/** A probe that did not say anything left the question open. */
function asked(answer: Reading<string>): Reading<string> {
  return answer.kind === "absent" ? unreadable("it was not read") : answer;
}

function someOf<T>(reading: Reading<readonly T[]>): Reading<readonly T[]> {
  return reading.kind === "value" && reading.value.length === 0 ? absent : reading;
}

/** "package qemu-system-common 1:7.2+dfsg-7+deb12u18": of Debian with epoch and revision, of RPM the version alone. */
function versionOf(stack: Reading<string>, name: RegExp): Reading<string> {
  if (stack.kind !== "value") return stack;
  for (const line of linesOf(stack.value)) {
    const match = /^package (\S+) (?:\d+:)?(\d+(?:\.\d+)*)/.exec(line);
    if (match?.[1] !== undefined && match[2] !== undefined && name.test(match[1])) return value(match[2]);
  }
  return absent;
}

function parsePlatformGpus(text: string): Reading<readonly PlatformGpu[]> {
  const [head = "", ...blocks] = text.split(/^device /m);
  if (!linesOf(head.trim()).includes("read")) return unreadable("the platform bus was not read");
  const gpus = blocks.map((block): PlatformGpu => {
    const [name = "", ...lines] = linesOf(block);
    const of = (word: string): string[] => lines.filter((line) => line.startsWith(`${word} `)).map((line) => line.slice(word.length + 1).trim());
    const first = (word: string): Reading<string> => {
      const [found] = of(word);
      return found === undefined || found === "" ? absent : value(found);
    };
    return { name, driver: first("driver"), compatible: of("compatible"), model: first("model"), renderNodes: of("node").sort() };
  });
  return value(gpus.sort((a, b) => (a.name < b.name ? -1 : 1)));
}

/** Nodes of /dev/dri where the running host was asked, and of /sys/class/drm, which every tree has. */
function renderNodes(snapshot: Snapshot, platform: Reading<Reading<readonly PlatformGpu[]>>): Reading<readonly RenderNode[]> {
  const drm = snapshot.list("/sys/class/drm");
  const nodes = asked(snapshot.answer("render-nodes"));
  if (drm.kind === "unreadable") return drm;
  if (drm.kind === "absent" && nodes.kind !== "value") return nodes;
  const told = new Map((nodes.kind === "value" ? linesOf(nodes.value) : []).map((line) => [line.split(" ")[0] ?? "", line.split(" ")] as const));
  const names = drm.kind === "value" ? drm.value.filter((name) => /^renderD\d+$/.test(name)) : [];
  const gpus = platform.kind === "value" && platform.value.kind === "value" ? platform.value.value : [];
  return value([...new Set([...names, ...told.keys()])].filter((name) => name !== "").sort().map((name): RenderNode => {
    const [, mode, group] = told.get(name) ?? [];
    const link = snapshot.link(`/sys/class/drm/${name}`);
    const device = (link.kind === "value" ? functionOfPath(link.value) : undefined) ?? gpus.find(({ renderNodes: own }) => own.includes(name))?.name;
    return {
      name, device: device !== undefined ? value(device) : link.kind === "unreadable" ? link : absent,
      mode: mode === undefined ? unreadable("the node was not read") : value(mode),
      group: group === undefined || !/^\d+$/.test(group) ? unreadable("the node was not read") : value(Number(group)),
    };
  }));
}
