import * as pulumi from "@pulumi/pulumi";
import * as gpuhost from "pulumi-gpuhost";

export = gpuhost.program(() => {
  const config = new pulumi.Config();
  const host = new gpuhost.GpuHost("hypervisor", {
    connection: { host: config.require("host") },
    cards: [{ address: config.require("card"), id: config.require("id") }],
    // The last word on whether the IOMMU is on has the running kernel; these make it so at the next boot where it is not.
    kernelArguments: { shouldExist: ["intel_iommu=on", "iommu=pt"], shouldNotExist: ["intel_iommu=off"] },
    // "never" leaves the reboot to you and says so in every preview until it is done.
    reboot: "whenNeeded",
  });
  return { ready: host.ready };
});
