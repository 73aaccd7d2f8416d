"use strict";
const pulumi = require("@pulumi/pulumi");
const gpuhost = require("pulumi-gpuhost");

// Which hosts there are, and which card of each tenants may have, comes from stack configuration (gpuhost-demo:hosts).
module.exports = gpuhost.program(() => {
  const hosts = new pulumi.Config().requireObject("hosts");
  for (const [name, card] of Object.entries(hosts)) {
    new gpuhost.GpuHost(name, {
      connection: { host: name },
      cards: [card],
      kernelArguments: { shouldExist: ["intel_iommu=on", "iommu=pt"], shouldNotExist: ["intel_iommu=off"] },
      reboot: "whenNeeded",
    });
  }
});
