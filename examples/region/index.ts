import * as pulumi from "@pulumi/pulumi";
import * as gpuhost from "pulumi-gpuhost";

// One failure domain: the hosts of one group of the inventory. `drive.mts` beside this file makes a stack of it for each group.
export = gpuhost.program(() => {
  const config = new pulumi.Config();
  const fleet = new gpuhost.GpuFleet(config.require("group"), {
    hosts: gpuhost.hostsFromInventory(config.require("inventory"), {
      group: config.require("group"),
      domains: { rack: "rack_*" },
      defaults: { reboot: "whenNeeded", kernelArguments: { shouldExist: ["intel_iommu=on", "iommu=pt"], shouldNotExist: ["intel_iommu=off"] } },
    }),
    rollout: config.getObject<gpuhost.RolloutArgs>("rollout") ?? {},
  });
  return { ready: fleet.ready };
});
