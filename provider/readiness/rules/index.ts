import type { Rule } from "../rule";
import { acsShown } from "./acsShown";
import { atsEnabled } from "./atsEnabled";
import { bootDisplay } from "./bootDisplay";
import { bridges } from "./bridges";
import { companionMissing } from "./companionMissing";
import { companions } from "./companions";
import { controlRegisters } from "./controlRegisters";
import { deviceDead } from "./deviceDead";
import { directRegions } from "./directRegions";
import { driverAfterBoot } from "./driverAfterBoot";
import { fabric } from "./fabric";
import { groupMembers } from "./groupMembers";
import { hostCritical } from "./hostCritical";
import { inUse } from "./inUse";
import { iommuInactive } from "./iommuInactive";
import { harmfulArguments } from "./harmfulArguments";
import { link } from "./link";
import { memoryRegions } from "./memoryRegions";
import { moduleOptions } from "./moduleOptions";
import { noIommuGroup } from "./noIommuGroup";
import { peerToPeer } from "./peerToPeer";
import { power } from "./power";
import { renumbered } from "./renumbered";
import { reset } from "./reset";
import { resetList } from "./resetList";
import { sharedFabric } from "./sharedFabric";
import { suspend } from "./suspend";
import { unsafeInterrupts } from "./unsafeInterrupts";
import { usbFunctions } from "./usbFunctions";
import { variantDriver } from "./variantDriver";
import { noIommuMode, vfioNode } from "./vfioMode";
import { virtualFunctions } from "./virtualFunctions";

/** In the order in which findings are shown: what stops everything first. */
export const rules: readonly Rule[] = [
  iommuInactive, noIommuMode, unsafeInterrupts, harmfulArguments, moduleOptions, renumbered, deviceDead, noIommuGroup, groupMembers, hostCritical,
  bridges, directRegions, virtualFunctions, reset, resetList, atsEnabled, acsShown, sharedFabric, companions, companionMissing, variantDriver, usbFunctions, vfioNode, driverAfterBoot,
  memoryRegions, bootDisplay, power, link, controlRegisters, inUse, fabric, peerToPeer, suspend,
];
