import { sshHost } from "../host/sshHost";
import { openHostsWith } from "./hosts";
import { gpuReady } from "./gpuReady";
import { hostReboot } from "./hostReboot";
import { iommuVerification } from "./iommuVerification";
import { kernelArguments } from "./kernelArguments";
import { register } from "./registry";
import { vfioBinding } from "./vfioBinding";

/** Loaded for its effect by program and provider alike: every kind there is, on hosts behind SSH. */
openHostsWith(sshHost);
register(kernelArguments);
register(vfioBinding);
register(hostReboot);
register(iommuVerification);
register(gpuReady);
