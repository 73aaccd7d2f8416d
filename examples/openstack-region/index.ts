import * as pulumi from "@pulumi/pulumi";
import * as gpuhost from "pulumi-gpuhost";
import { GpuFlavor } from "pulumi-gpuhost/openstack";

// What the card is, in one place: hosts, controllers and the flavor speak of the same thing.
const card = { vendorId: "10de", productId: "20b5", deviceType: "type-PF" } as const;
const alias = { name: "a100", ...card };
const resourceClass = "CUSTOM_GPU_A100";

export = gpuhost.program(() => {
  const config = new pulumi.Config();
  const controllers = config.requireObject<string[]>("controllers");
  const computes = config.requireObject<Record<string, string[]>>("computes");

  for (const host of controllers) new gpuhost.NovaPciAlias(host, { connection: { host }, aliases: [alias] });

  const marked = Object.entries(computes).map(([host, addresses]) => {
    const connection = { host };
    const hypervisor = new gpuhost.GpuHost(host, {
      connection,
      cards: addresses.map((address) => ({ address, id: `${card.vendorId}:${card.productId}` })),
      kernelArguments: { shouldExist: ["intel_iommu=on", "iommu=pt"], shouldNotExist: ["intel_iommu=off"] },
      reboot: "whenNeeded",
      // Servers are drained first; one that runs and is not named in `instances` is a refusal.
      drain: {},
    });
    const { verification } = hypervisor;
    // A guest that was suspended must be allowed to take its card back.
    new gpuhost.AppArmorRules(host, { connection });
    const offered = new gpuhost.NovaPci(host, {
      connection, verification,
      deviceSpecs: addresses.map((address) => ({ address, resourceClass })),
      aliases: [alias],
      // Cannot be turned off again on a host: that is why it stands here by name.
      reportInPlacement: true,
    });
    const ready = new gpuhost.GpuReady(host, { connection, verification, aggregate: "gpu-a100", createAggregate: { metadata: { gpu: "a100" } } }, { after: [offered] });
    return [host, ready.marked] as const;
  });

  const flavor = new GpuFlavor("g1.a100", {
    vcpus: 16, ramMiB: 131072, diskGiB: 0,
    devices: [{ alias: alias.name, count: 1 }],
    projects: config.requireObject<string[]>("projects"),
  });

  return { marked: Object.fromEntries(marked), flavor: flavor.flavorId };
});
