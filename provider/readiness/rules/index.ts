import type { Rule } from "../rule";
import { acsShown } from "./acsShown";
import { atsEnabled } from "./atsEnabled";
import { bootDisplay } from "./bootDisplay";
import { bridges } from "./bridges";
import { companions } from "./companions";
import { deviceDead } from "./deviceDead";
import { directRegions } from "./directRegions";
import { fabric } from "./fabric";
import { groupMembers } from "./groupMembers";
import { hostCritical } from "./hostCritical";
import { inUse } from "./inUse";
import { iommuInactive } from "./iommuInactive";
import { harmfulArguments } from "./harmfulArguments";
import { noIommuGroup } from "./noIommuGroup";
import { reset } from "./reset";
import { unsafeInterrupts } from "./unsafeInterrupts";
import { noIommuMode, vfioNode } from "./vfioMode";
import { virtualFunctions } from "./virtualFunctions";

/** In the order in which findings are shown: what stops everything first. */
export const rules: readonly Rule[] = [
  iommuInactive, noIommuMode, unsafeInterrupts, harmfulArguments, deviceDead, noIommuGroup, groupMembers, hostCritical, bridges,
  directRegions, virtualFunctions, reset, atsEnabled, acsShown, companions, vfioNode, bootDisplay, inUse, fabric,
];
