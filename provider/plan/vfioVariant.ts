import type { HostFacts, PciDevice } from "../facts/hostFacts";
import { known } from "../facts/reading";

/**
 * The vfio-pci driver made for a function, where the kernel has one (GH200 and mlx5 do not work, or not in full, with plain vfio-pci): the
 * most exact `vfio_pci:` alias in modules.alias that its modalias matches (drivers/vfio/pci, MODULE_DEVICE_TABLE). Variants
 * are called as their module (KBUILD_MODNAME); plain vfio-pci is the one with a dash.
 */
export function vfioDriverFor(facts: HostFacts, device: PciDevice): string {
  const modalias = known(device.modalias);
  const aliases = known(facts.modules.vfioAliases);
  if (modalias === undefined || aliases === undefined) return "vfio-pci";
  const subject = modalias.replace(/^pci:/, "vfio_pci:");
  const matching = [...aliases].filter(([pattern]) => glob(pattern).test(subject)).sort(([a], [b]) => wildcards(a) - wildcards(b));
  const module = matching[0]?.[1] ?? "vfio_pci";
  return module === "vfio_pci" ? "vfio-pci" : module;
}

/** Patterns of modules.alias are fnmatch patterns: `*`, `?` and `[...]`. */
function glob(pattern: string): RegExp {
  return new RegExp(`^${pattern.replace(/[.+^${}()|\\]/g, "\\$&").replaceAll("*", ".*").replaceAll("?", ".")}$`);
}

function wildcards(pattern: string): number {
  return pattern.split("*").length;
}

/** The module that brings a driver. */
export function moduleOf(driver: string): string {
  return driver.replaceAll("-", "_");
}
