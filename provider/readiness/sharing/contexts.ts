import type { GraphicsFacts, HostFacts } from "../../facts/hostFacts";
import { known, type Reading } from "../../facts/reading";
import { newestRelease, releaseName } from "../../facts/nova/release";
import { kernelAtLeast } from "../kernelRelease";
import { novaRelease } from "../nova/report";
import { modeOf, type Ground, type ModeState } from "./mode";

/** Ways in which virtio-gpu gives a guest 3D by a GPU that stays the host's. */
export const contextNames = ["virgl", "venus", "native", "cross-domain"] as const;
export type ContextName = (typeof contextNames)[number];

/** What one of QEMU, libvirt and Nova can do about a context. */
export interface ContextPart {
  readonly state: ModeState;
  readonly says: string;
}

export interface ContextReport {
  readonly context: ContextName;
  readonly qemu: ContextPart;
  readonly libvirt: ContextPart;
  readonly nova: ContextPart;
}

/** Since when: QEMU's own documentation of virtio-gpu and the releases that had the devices and properties first; docs/sharing-modes.md. */
const qemuSince: Readonly<Record<ContextName, string>> = { virgl: "6.1", venus: "9.2", native: "11.0", "cross-domain": "8.2" };
/** Drivers of the host with a native context, and the virglrenderer that has it. */
const nativeSince: Readonly<Record<string, string>> = { amdgpu: "1.1.0", i915: "1.3.0", msm: "1.0.0", adreno: "1.0.0", panfrost: "1.3.0", asahi: "1.2.0" };
/** The domain format was read up to this release of libvirt. */
const newestLibvirt = "12.2";

export function contexts(facts: HostFacts): ContextReport[] {
  return contextNames.map((context) => ({ context, qemu: partOf(ofQemu(context, facts)), libvirt: partOf(ofLibvirt(context, facts.graphics)), nova: novaPart(facts) }));
}

/** Of two versions, whether the first is not older: "7.2" and "7.2.1", number by number. */
export function isAtLeast(version: string, wanted: string): boolean {
  const [a, b] = [version, wanted].map((text) => text.split(".").map(Number)) as [number[], number[]];
  for (let at = 0; at < Math.max(a.length, b.length); at++) {
    const difference = (a[at] ?? 0) - (b[at] ?? 0);
    if (difference !== 0) return difference > 0;
  }
  return true;
}

function partOf(grounds: readonly Ground[]): ContextPart {
  const { state, after, because, evidence } = modeOf("paravirtual", grounds);
  return { state, says: [...(because ?? after ?? []), ...(state === "now" ? evidence : [])].join("; ") };
}

function ofQemu(context: ContextName, facts: HostFacts): Ground[] {
  const { graphics } = facts;
  if (graphics === undefined || graphics.emulators.kind !== "value") return [["unknown", "QEMU was not looked for"]];
  if (graphics.emulators.value.length === 0) return [["impossible", "no QEMU found on the host"]];
  const device = context === "cross-domain" ? "hw-display-virtio-gpu-rutabaga" : "hw-display-virtio-gpu-gl";
  const common = [...since("QEMU", graphics.qemu, qemuSince[context]), ...module(graphics, device)];
  if (context === "cross-domain") return [...common, ...kernel(facts), ["after", "a Wayland compositor on the host, whose socket QEMU is given"]];
  const rendering = [...common, ...module(graphics, "ui-egl-headless"), ...renderNode(graphics)];
  const found: Ground = ["evidence", "virtio-gpu-gl with egl-headless"];
  if (context === "virgl") return [...rendering, ...virglrenderer(graphics, "0.8.2"), found];
  const needed = context === "venus" ? virglrenderer(graphics, "1.0.0") : native(facts, graphics);
  return [...rendering, ...needed, ...kernel(facts), ["evidence", context === "venus" ? "venus=true,blob=true,hostmem=" : "drm_native_context=on,blob=on,hostmem="]];
}

function since(what: string, version: Reading<string>, wanted: string): Ground[] {
  const is = known(version);
  if (is === undefined) return [["unknown", `the version of ${what} was not read`]];
  return isAtLeast(is, wanted) ? [] : [["after", `${what} ${wanted} or newer (it is ${is})`]];
}

/** Where QEMU's own package was found, a library without one is not installed. */
function virglrenderer(graphics: GraphicsFacts, wanted: string): Ground[] {
  if (graphics.virglrenderer.kind === "absent" && graphics.qemu.kind === "value") return [["after", `virglrenderer ${wanted} or newer (none is installed)`]];
  return since("virglrenderer", graphics.virglrenderer, wanted);
}

function module({ modules }: GraphicsFacts, name: string): Ground[] {
  if (modules.kind !== "value") return [["unknown", modules.kind === "absent" ? "QEMU has no modules, and what is built into it is not read" : "QEMU's modules were not read"]];
  return modules.value.includes(name) ? [] : [["after", `QEMU's module ${name}, which a package of its own may have`]];
}

function renderNode({ renderNodes }: GraphicsFacts): Ground[] {
  if (renderNodes.kind !== "value") return [["unknown", "the host's render nodes were not read"]];
  return renderNodes.value.length > 0 ? [] : [["after", "a render node: a GPU on a driver of the host"]];
}

/** Host memory in guests' address space (hostmem) needs it. */
function kernel(facts: HostFacts): Ground[] {
  const enough = kernelAtLeast(facts, 6, 13);
  return enough === undefined ? [["unknown", "the kernel's release was not read"]] : enough ? [] : [["after", "kernel 6.13 or newer"]];
}

function native(facts: HostFacts, graphics: GraphicsFacts): Ground[] {
  const drivers = (known(graphics.renderNodes) ?? []).map(({ device }) => driverOfNode(known(device), facts, graphics));
  if (drivers.length === 0) return [];
  const wanted = drivers.flatMap((driver) => nativeSince[driver ?? ""] ?? []).sort((a, b) => (isAtLeast(a, b) ? 1 : -1))[0];
  if (wanted !== undefined) return virglrenderer(graphics, wanted);
  if (drivers.includes(undefined)) return [["unknown", "the drivers of the host's render nodes were not read"]];
  return [["impossible", `no driver of a render node has a native context: ${[...new Set(drivers)].sort().join(", ")} (${Object.keys(nativeSince).join(", ")} have)`]];
}

function driverOfNode(device: string | undefined, facts: HostFacts, graphics: GraphicsFacts): string | undefined {
  const pci = facts.pciDevices.find(({ address }) => address === device);
  const platform = (known(graphics.platformGpus) ?? []).find(({ name }) => name === device);
  return pci !== undefined ? known(pci.driver) : platform === undefined ? undefined : known(platform.driver);
}

function ofLibvirt(context: ContextName, graphics: GraphicsFacts | undefined): Ground[] {
  const version = graphics?.libvirt;
  if (version?.kind !== "value") return [["unknown", version?.kind === "absent" ? "no package of libvirt was found" : "libvirt's version was not read"]];
  if (context === "virgl") return [...since("libvirt", version, "5.0.0"), ["evidence", "<acceleration accel3d='yes'/> beside <graphics type='egl-headless'>"]];
  if (!isAtLeast(newestLibvirt, version.value.split(".").slice(0, 2).join("."))) return [["unknown", `its domain format was read up to libvirt ${newestLibvirt} only`]];
  const blob = isAtLeast(version.value, "9.2.0") ? "blob='on' is there, and the rest only by <qemu:override>" : "blob='on' comes with 9.2.0";
  return [["impossible", context === "cross-domain" ? "no video model for it" : `no word for it in the domain format (${blob})`]];
}

/** nova/virt/libvirt/config.py, LibvirtConfigGuestVideo: type, vram, heads; graphics are vnc and spice. */
export function novaGround(facts: HostFacts, impossible: string): Ground {
  const release = novaRelease(facts.nova);
  return release.major > newestRelease ? ["unknown", `what Nova ${release.major} can ask for is not known here (up to ${newestRelease})`] : ["impossible", impossible];
}

function novaPart(facts: HostFacts): ContextPart {
  return partOf([novaGround(facts, `${releaseName(novaRelease(facts.nova))} has no setting for 3D, blob memory or egl-headless: with hw_video_model=virtio (since 19) the guest's processors draw`)]);
}
