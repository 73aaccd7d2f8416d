export { program, type ProgramResult } from "./resources/program";
export type { AcceptedMemberArgs, CardArgs, ConnectionArgs } from "./resources/args";
export { GpuHost, type GpuHostArgs, type GpuHostCardArgs } from "./resources/gpuHost";
export { HostResource, type HostResourceOptions } from "./resources/hostResource";
export { KernelArguments, type KernelArgumentsArgs } from "./resources/kernelArguments";
export { VfioBinding, type VfioBindingArgs } from "./resources/vfioBinding";
export { HostReboot, type HostRebootArgs } from "./resources/hostReboot";
export { IommuVerification, type IommuVerificationArgs, type VerifiedCardArgs } from "./resources/iommuVerification";
export * from "./errors";
