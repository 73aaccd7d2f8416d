export { program, type ProgramResult } from "./resources/program";
export type { CardArgs, ConnectionArgs } from "./resources/args";
export { GpuHost, type AcceptedMemberArgs, type GpuHostArgs } from "./resources/gpuHost";
export { HostResource, type HostResourceOptions } from "./resources/hostResource";
export { KernelArguments, type KernelArgumentsArgs } from "./resources/kernelArguments";
export { HostReboot, type HostRebootArgs } from "./resources/hostReboot";
export { IommuVerification, type IommuVerificationArgs, type VerifiedCardArgs } from "./resources/iommuVerification";
export * from "./errors";
