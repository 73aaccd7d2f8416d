export { GpuFlavor, type FlavorProjectArgs, type GpuFlavorAggregateArgs, type GpuFlavorArgs, type PlacementArgs } from "./gpuFlavor";
