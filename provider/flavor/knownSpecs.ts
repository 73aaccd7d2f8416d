import { anyText, boolean, integer, oneOf, type ValueForm } from "./valueForm";

const cpus: ValueForm = { kind: "text", like: /^\^?\d+((-\d+)?(,\^?\d+(-\d+)?)?)*$/, what: 'CPUs such as "0-3,^2"' };

/** "hw:mem_page_size": a size without a unit is in KiB. */
export const pageSize: ValueForm = {
  kind: "text", like: /^(large|small|any|\d+([kKMGT]i?)?(b|bit|B)?)$/, what: '"large", "small", "any" or a size such as "1GB" or "2048" (KiB)',
};
export const numaPolicies = ["legacy", "preferred", "required", "socket"] as const;
export const viommuModels = ["auto", "intel", "smmuv3", "virtio"] as const;

/** Extra specs without a parameter in their name that a person writes by name: nova/api/validation/extra_specs/*.py of Nova 34. */
export const knownSpecs: ReadonlyMap<string, ValueForm> = new Map<string, ValueForm>([
  ["hw:cpu_realtime", boolean],
  ["hw:cpu_realtime_mask", cpus],
  ["hw:hide_hypervisor_id", boolean],
  ["hw:cpu_policy", oneOf("dedicated", "shared", "mixed")],
  ["hw:cpu_thread_policy", oneOf("prefer", "isolate", "require")],
  ["hw:emulator_threads_policy", oneOf("isolate", "share")],
  ["hw:cpu_dedicated_mask", cpus],
  ["hw:mem_page_size", pageSize],
  ["hw:locked_memory", boolean],
  ["hw:numa_nodes", integer(1)],
  ["hw:pci_numa_affinity_policy", oneOf(...numaPolicies)],
  ...["sockets", "cores", "threads", "max_sockets", "max_cores", "max_threads"].map((part): [string, ValueForm] => [`hw:cpu_${part}`, integer(1)]),
  ...["boot_menu", "vif_multiqueue_enabled", "mem_encryption", "pmu", "virtio_packed_ring", "ephemeral_encryption"].map((part): [string, ValueForm] => [`hw:${part}`, boolean]),
  ["hw:mem_encryption_model", oneOf("amd-sev", "amd-sev-es", "amd-sev-snp", "intel-tdx")],
  ["hw:pmem", { kind: "text", like: /^([a-zA-Z0-9_]+,?)+$/, what: "labels of vPMEM devices, separated by commas" }],
  ["hw:serial_port_count", integer(0)],
  ["hw:tpm_model", oneOf("tpm-tis", "tpm-crb")],
  ["hw:tpm_version", oneOf("1.2", "2.0")],
  ["hw:tpm_secret_security", oneOf("user", "host", "deployment")],
  ["hw:watchdog_action", oneOf("none", "pause", "poweroff", "reset", "disabled")],
  ["hw:viommu_model", oneOf(...viommuModels)],
  ["hw:sound_model", oneOf("sb16", "es1370", "pcspk", "ac97", "ich6", "ich9", "usb", "virtio")],
  ["hw:usb_model", oneOf("none", "nec-xhci", "qemu-xhci")],
  ["hw:redirected_usb_ports", integer(0, 15)],
  ["hw:ephemeral_encryption_format", oneOf("plain", "luks", "luksv2")],
  ["hw_rng:allowed", boolean],
  ...["hw_rng:rate_bytes", "hw_rng:rate_period", "hw_video:ram_max_mb"].map((name): [string, ValueForm] => [name, integer(0)]),
  ["os:secure_boot", oneOf("disabled", "required")],
  ["accel:device_profile", anyText],
  ["vmware:hw_version", anyText],
  ["vmware:storage_policy", anyText],
  ...quotas(),
]);

const capabilities = [
  "id", "uuid", "service_id", "host", "vcpus", "memory_mb", "local_gb", "vcpus_used", "memory_mb_used", "local_gb_used", "hypervisor_type",
  "hypervisor_version", "hypervisor_hostname", "free_ram_mb", "free_disk_gb", "current_workload", "running_vms", "disk_available_least", "host_ip",
  "mapped", "cpu_allocation_ratio", "ram_allocation_ratio", "disk_allocation_ratio", "total_usable_ram_mb", "total_usable_disk_gb", "disk_mb_used",
  "free_disk_mb", "vcpus_total", "num_instances", "num_io_ops", "failed_builds", "aggregates", "cell_uuid", "updated",
];
const nestedCapabilities = [
  "cpu_info", "metrics", "stats", "numa_topology", "supported_hv_specs", "pci_device_pools", "nodename", "pci_stats", "supported_instances", "limits", "instances",
];

/** Extra specs with a parameter in their name. `example` stands for it where a misspelt one is told what was meant. */
export const knownFamilies: readonly { readonly name: RegExp; readonly form: ValueForm; readonly example: string }[] = [
  { name: /^hw:numa_cpus\.\d+$/, form: cpus, example: "hw:numa_cpus.0" },
  { name: /^hw:numa_mem\.\d+$/, form: integer(1), example: "hw:numa_mem.0" },
  { name: new RegExp(`^capabilities:(${capabilities.join("|")})$`), form: anyText, example: "capabilities:hypervisor_type" },
  { name: new RegExp(`^capabilities:(${nestedCapabilities.join("|")})(:\\w+)*$`), form: anyText, example: "capabilities:cpu_info:arch" },
  { name: /^aggregate_instance_extra_specs:.+$/, form: anyText, example: "aggregate_instance_extra_specs:KEY" },
];

function quotas(): [string, ValueForm][] {
  const vmware = ["cpu", "memory", "disk_io", "vif"].flatMap((what): [string, ValueForm][] => [
    [`quota:${what}_limit`, integer(0)],
    [`quota:${what}_reservation`, integer()],
    [`quota:${what}_shares_level`, oneOf("custom", "high", "normal", "low")],
    [`quota:${what}_shares_share`, integer(0)],
  ]);
  const disk = ["read", "write", "total"].flatMap((way) => ["bytes", "iops"].map((what) => `quota:disk_${way}_${what}_sec`));
  const network = ["inbound", "outbound"].flatMap((way) => ["average", "peak", "burst"].map((what) => `quota:vif_${way}_${what}`));
  return [...vmware, ["quota:cpu_shares", integer(0)], ["quota:cpu_period", integer(0)], ["quota:cpu_quota", integer()],
    ...[...disk, ...network].map((name): [string, ValueForm] => [name, integer(0)])];
}
