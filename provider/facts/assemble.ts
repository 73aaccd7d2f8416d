import { appArmorFacts } from "./appArmorFacts";
import { blockUses } from "./blockUses";
import { bootLoader } from "./bootLoader";
import { parseCommandLine } from "./commandLine";
import { displayUses } from "./displayUses";
import { guests } from "./guests";
import { graphicsFacts } from "./graphics";
import { holderUses } from "./holderUses";
import { driverctl, usesNotRead } from "./surroundings";
import { fabricFacts } from "./fabric";
import type { DeviceUse, HostFacts } from "./hostFacts";
import { iommuFacts } from "./iommu";
import { journalFacts } from "./journal";
import { mdevFacts } from "./mdev";
import { mdevUses } from "./mdevUses";
import { initramfsFacts, moduleFacts } from "./modules";
import { networkUses } from "./networkUses";
import { novaFacts } from "./novaFacts";
import { pciDevices } from "./pciDevices";
import { comparePciAddresses } from "./pciAddress";
import { mapReading, type Reading } from "./reading";
import type { Snapshot } from "./snapshot";
import { hostIdentity, systemFacts } from "./system";
import { vfioFacts } from "./vfio";
import { virtualFunctionFacts } from "./virtualFunctions";

/**
 * Everything known of a host, from one reading of it. Throws MalformedFactError, with path and text, for a line that its
 * documentation does not allow; what is missing or may not be read is no error and says so in its place.
 */
export function hostFacts(snapshot: Snapshot, hostKey: Reading<string>): HostFacts {
  const system = systemFacts(snapshot);
  const devices = pciDevices(snapshot);
  const iommu = iommuFacts(snapshot, devices);
  const running = guests(snapshot, system.userId);
  const mdev = mdevFacts(snapshot, running, system.userId);
  const loader = bootLoader(snapshot, system.ostree);
  return {
    identity: hostIdentity(snapshot, hostKey),
    system,
    kernelCommandLine: { running: mapReading(snapshot.text("/proc/cmdline"), parseCommandLine), nextBoot: loader.nextBoot },
    bootLoader: loader.facts,
    initramfs: initramfsFacts(snapshot),
    modules: moduleFacts(snapshot),
    pciDevices: devices,
    iommu,
    vfio: vfioFacts(snapshot),
    uses: sorted([...displayUses(snapshot), ...networkUses(snapshot), ...blockUses(snapshot), ...holderUses(snapshot, iommu.groups, running), ...mdevUses(mdev)]),
    guests: running,
    appArmor: appArmorFacts(snapshot),
    nova: novaFacts(snapshot),
    journal: journalFacts(snapshot),
    virtualFunctions: virtualFunctionFacts(snapshot),
    mdev,
    graphics: graphicsFacts(snapshot),
    driverctl: driverctl(snapshot),
    fabric: fabricFacts(snapshot),
    usesNotRead: usesNotRead(snapshot),
    bootBinding: snapshot.text("/etc/gpuhost/vfio-binding.conf"),
    novaQuarantine: snapshot.text("/etc/gpuhost/nova-quarantine.conf"),
  };
}

/** By address and reason, each once, so that two readings of the same host are equal. */
function sorted(uses: readonly DeviceUse[]): DeviceUse[] {
  const unique = new Map(uses.map((use) => [`${use.address} ${use.kind} ${use.reason}`, use]));
  return [...unique.values()].sort((a, b) => comparePciAddresses(a.address, b.address) || (a.reason < b.reason ? -1 : a.reason > b.reason ? 1 : 0));
}
