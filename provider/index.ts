export { program, type ProgramResult } from "./resources/program";
export { HostResource, type HostResourceOptions } from "./resources/hostResource";
export * from "./errors";
