import type { HostFacts } from "../../facts/hostFacts";
import { known } from "../../facts/reading";
import { cards } from "../card";
import type { Report } from "../judge";
import type { Policy } from "../rule";
import { contexts, type ContextReport } from "./contexts";
import { mdev } from "./mdev";
import type { ModeReport } from "./mode";
import { paravirtual } from "./paravirtual";
import { passthrough } from "./passthrough";
import { platformGpus, type PlatformGpuReport } from "./platform";
import { sriov } from "./sriov";

/** Every way of giving the GPUs of a host to guests. */
export interface SharingReport {
  /** By address of the card, in the order of modeNames. */
  readonly cards: ReadonlyMap<string, readonly ModeReport[]>;
  readonly platformGpus: readonly PlatformGpuReport[];
  readonly paravirtual: ParavirtualReport;
}

/** What QEMU, libvirt and Nova of a host can do for virtio-gpu with 3D; null: not known. */
export interface ParavirtualReport {
  readonly qemu: string | null;
  readonly libvirt: string | null;
  readonly virglrenderer: string | null;
  readonly mesa: string | null;
  /** True: of the container that libvirt runs in. */
  readonly container: boolean;
  readonly contexts: readonly ContextReport[];
}

/** Pure: `report` is what judge made of the same facts and policy. */
export function sharing(facts: HostFacts, report: Report, policy?: Policy): SharingReport {
  const ofPolicy = policy?.reviewed?.devices;
  const byAddress = new Map(report.gpus.map((gpu) => [gpu.address, gpu]));
  const modes = cards(facts).flatMap((card): [string, ModeReport[]][] => {
    const gpu = byAddress.get(card.device.address);
    if (gpu === undefined) return [];
    return [[gpu.address, [passthrough(card, gpu, facts, report, ofPolicy), sriov(card, gpu, facts, report, ofPolicy), mdev(card, facts, ofPolicy), paravirtual(gpu.address, known(card.device.driver), facts)]]];
  });
  const { graphics } = facts;
  const version = (of: "qemu" | "libvirt" | "virglrenderer" | "mesa"): string | null => (graphics === undefined ? null : (known(graphics[of]) ?? null));
  return {
    cards: new Map(modes),
    platformGpus: platformGpus(facts),
    paravirtual: { qemu: version("qemu"), libvirt: version("libvirt"), virglrenderer: version("virglrenderer"), mesa: version("mesa"), container: graphics?.container ?? false, contexts: contexts(facts) },
  };
}
