import fc from "fast-check";
import { expect, test } from "vitest";
import type { GraphicsFacts } from "../../provider/facts/hostFacts";
import { absent, unreadable, value } from "../../provider/facts/reading";
import type { TreeSnapshot } from "../../provider/facts/treeSnapshot";
import { aHost, factsOf, gpu } from "./trees";

function graphics(tree: TreeSnapshot): GraphicsFacts {
  const facts = factsOf(tree).graphics;
  if (facts === undefined) throw new Error("graphics were not read");
  return facts;
}

const stack = "programs /usr/bin\nemulator /usr/bin/qemu-system-x86_64\nmodule hw-display-virtio-gpu-gl.so\nmodule ui-egl-headless.so\npackage libvirt-daemon 9.0.0-4+deb12u2\npackage qemu-system-common 1:7.2+dfsg-7+deb12u18\npackage libvirglrenderer1 0.10.4-1\npackage libgl1-mesa-dri 22.3.6-1";

test("versions without epoch and revision, modules without their suffix", () => {
  expect(graphics(aHost().addAnswer("graphics-stack", stack))).toMatchObject({
    container: false, emulators: value(["/usr/bin/qemu-system-x86_64"]), modules: value(["hw-display-virtio-gpu-gl", "ui-egl-headless"]),
    qemu: value("7.2"), libvirt: value("9.0.0"), virglrenderer: value("0.10.4"), mesa: value("22.3.6"),
  });
});

test("packages of RPM, and QEMU of a container", () => {
  expect(graphics(aHost().addAnswer("graphics-stack", "container\nprograms /usr/bin\nemulator /usr/libexec/qemu-kvm\npackage qemu-kvm-core 9.1.0\npackage virglrenderer 1.1.0"))).toMatchObject({
    container: true, emulators: value(["/usr/libexec/qemu-kvm"]), modules: absent, qemu: value("9.1.0"), virglrenderer: value("1.1.0"), libvirt: absent,
  });
});

test("no QEMU, and nobody who looked for one, are two things", () => {
  expect(graphics(aHost().addAnswer("graphics-stack", "programs /usr/bin"))).toMatchObject({ emulators: value([]), modules: absent, qemu: absent });
  expect(graphics(aHost().addAnswer("graphics-stack", ""))).toMatchObject({ emulators: unreadable("no directory of programs was read") });
  expect(graphics(aHost())).toMatchObject({ emulators: unreadable("it was not read"), modules: unreadable("it was not read"), qemu: unreadable("it was not read"), platformGpus: unreadable("it was not read"), renderNodes: unreadable("it was not read") });
});

test("render nodes have their card, mode and group", () => {
  const tree = aHost().addLink("/sys/class/drm/renderD128", `../../devices/pci0000:64/${gpu}/drm/renderD128`).addLink("/sys/class/drm/renderD129", "../../devices/platform/ff9a0000.gpu/drm/renderD129");
  tree.addAnswer("render-nodes", "renderD128 crw-rw----+ 105").addAnswer("platform-gpus", "read\ndevice ff9a0000.gpu\ndriver panfrost\ncompatible arm,mali-bifrost\nnode renderD129");
  expect(graphics(tree).renderNodes).toEqual(value([
    { name: "renderD128", device: value(gpu), mode: value("crw-rw----+"), group: value(105) },
    { name: "renderD129", device: value("ff9a0000.gpu"), mode: unreadable("the node was not read"), group: unreadable("the node was not read") },
  ]));
});

test("GPUs of the platform bus, bound or not", () => {
  const tree = aHost().addAnswer("platform-gpus", "read\ndevice b.gpu\ncompatible arm,mali-valhall\ndevice a.gpu\ndriver mali\ncompatible arm,mali-midgard\nmodel Mali-G78AE 4 cores r0p1 0x90050001\n");
  expect(graphics(tree).platformGpus).toEqual(value([
    { name: "a.gpu", driver: value("mali"), compatible: ["arm,mali-midgard"], model: value("Mali-G78AE 4 cores r0p1 0x90050001"), renderNodes: [] },
    { name: "b.gpu", driver: absent, compatible: ["arm,mali-valhall"], model: absent, renderNodes: [] },
  ]));
  expect(graphics(aHost().addAnswer("platform-gpus", "read")).platformGpus).toEqual(value([]));
  expect(graphics(aHost().addAnswer("platform-gpus", "")).platformGpus).toEqual(unreadable("the platform bus was not read"));
});

test("whatever the probe prints is no error, and a version is a version", () => {
  const line = fc.oneof(fc.string(), fc.constantFrom(...stack.split("\n"), "read", "device x", "node renderD1", "package qemu-system-common ?"));
  fc.assert(fc.property(fc.array(line, { maxLength: 8 }), fc.array(line, { maxLength: 8 }), (of, platform) => {
    const facts = graphics(aHost().addAnswer("graphics-stack", of.join("\n")).addAnswer("platform-gpus", platform.join("\n")).addAnswer("render-nodes", of.join("\n")));
    for (const version of [facts.qemu, facts.libvirt, facts.virglrenderer, facts.mesa]) if (version.kind === "value") expect(version.value).toMatch(/^\d+(\.\d+)*$/);
    expect(facts.emulators.kind === "value").toBe(of.join("\n").split("\n").some((each) => each.startsWith("programs ")));
  }), { numRuns: 200 });
});
