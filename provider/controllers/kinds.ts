import { sshHost } from "../host/sshHost";
import { appArmorRules } from "./appArmorRules";
import { openCloudsWith } from "./clouds";
import { openHostsWith } from "./hosts";
import { gpuReady } from "./gpuReady";
import { hostReboot } from "./hostReboot";
import { iommuVerification } from "./iommuVerification";
import { kernelArguments } from "./kernelArguments";
import { mediatedDevices } from "./mediatedDevices";
import { novaPci } from "./novaPci";
import { novaPciAlias } from "./novaPciAlias";
import { openstackCloud } from "./openstackCloud";
import { register } from "./registry";
import { vfioBinding } from "./vfioBinding";
import { virtualFunctions } from "./virtualFunctions";

/** Loaded for its effect by program and provider alike: every kind there is, on hosts behind SSH and clouds behind their services. */
openHostsWith(sshHost);
openCloudsWith(openstackCloud);
register(kernelArguments);
register(vfioBinding);
register(virtualFunctions);
register(appArmorRules);
register(mediatedDevices);
register(hostReboot);
register(iommuVerification);
register(novaPci);
register(novaPciAlias);
register(gpuReady);
