import type { HostFacts, RenderNode } from "../../facts/hostFacts";
import { known } from "../../facts/reading";
import { contexts, novaGround, type ContextReport } from "./contexts";
import { modeOf, type ModeReport } from "./mode";

/**
 * 3D by virtio-gpu, the card staying the host's: as Nova asks for it. What QEMU and libvirt could do without Nova is evidence, and
 * `contexts` has all of it. `device` is a PCI address or the name of a platform device.
 */
export function paravirtual(device: string, driver: string | undefined, facts: HostFacts): ModeReport {
  return modeOf("paravirtual", [novaGround(facts, "Nova has no setting for virtio-gpu with 3D"), ["evidence", withoutNova(contexts(facts))], ["evidence", nodeOf(device, driver, facts)]]);
}

function withoutNova(all: readonly ContextReport[]): string {
  const could = all.filter(({ qemu, libvirt }) => qemu.state === "now" && libvirt.state === "now").map(({ context }) => context);
  if (could.length > 0) return `without Nova, QEMU and libvirt could: ${could.join(", ")}`;
  const open = all.some(({ qemu, libvirt }) => [qemu, libvirt].every(({ state }) => state === "now" || state === "unknown"));
  return open ? "whether QEMU and libvirt could do it without Nova is not known" : "no context that libvirt has a word for is ready on this host either";
}

function nodeOf(device: string, driver: string | undefined, { graphics }: HostFacts): string {
  const nodes = graphics?.renderNodes;
  if (nodes?.kind !== "value") return "render nodes were not read";
  const own = nodes.value.filter((node) => known(node.device) === device);
  return own.length === 0 ? `it has no render node (driver ${driver ?? "none"})` : own.map(described).join(", ");
}

function described({ name, mode, group }: RenderNode): string {
  return mode.kind === "value" ? `${name} (${mode.value}, group ${known(group) ?? "?"})` : name;
}
