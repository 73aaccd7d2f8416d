import type { KnownDevice, SharingMode } from "./deviceKnowledge";

const passthrough: readonly SharingMode[] = ["passthrough"];
const mdev: readonly SharingMode[] = ["passthrough", "mdev"];
/** NVIDIA from Ampere on: virtual functions, with types by mdev before the kernels that have vendor-specific VFIO. */
const vgpu: readonly SharingMode[] = ["passthrough", "sriov", "mdev"];
const sriov: readonly SharingMode[] = ["passthrough", "sriov"];

const gb202 = "a function level reset of this chip (GB202) was reported to hang the host";
const mi300 = "the physical function of this model was reported dead after a reset by VFIO until the host rebooted";
const vendorReset = (model: string): string => `this model (${model}) is reported to need the out-of-tree vendor-reset module`;

/** Device ids of one vendor, and what is known of all of them; "2b85-2b8c" is a range. */
type Row = readonly [vendor: string, ids: string, known: KnownDevice];

/**
 * Data-centre GPUs, and models whose listed reset is known to fail. Names and ids: pci.ids. Reset: drivers/pci/quirks.c and public trackers of the
 * drivers. Variant drivers: drivers/vfio/pci/nvgrace-gpu. One id may be several products, so that names are hints.
 */
const rows: readonly Row[] = [
  ["10de", "15f7 15f8", { name: "P100 PCIe", fabric: "none", sharing: mdev }],
  ["10de", "15f9", { name: "P100 SXM2", fabric: "nvlink", wired: true, sharing: mdev }],
  ["10de", "1b38", { name: "P40", fabric: "none", sharing: mdev }],
  ["10de", "1bb3", { name: "P4", fabric: "none", sharing: mdev }],
  ["10de", "1db1 1db2 1db5 1db7", { name: "V100 SXM2 or DGXS", fabric: "nvlink", wired: true, sharing: mdev }],
  ["10de", "1db8", { name: "V100 SXM3", fabric: "nvswitch", sharing: mdev }],
  ["10de", "1db3 1db4 1db6 1df5 1df6", { name: "V100 PCIe", fabric: "none", sharing: mdev }],
  ["10de", "1eb8", { name: "T4", fabric: "none", sharing: mdev }],
  ["10de", "20b0 20b2 20b3", { name: "A100 SXM", fabric: "nvswitch", sharing: vgpu }],
  ["10de", "20b1 20b5 20f1", { name: "A100 PCIe", fabric: "nvlink", sharing: vgpu }],
  ["10de", "20b8 20b9", { name: "A100X or A30X", fabric: "nvlink", sharing: vgpu }],
  ["10de", "20b7", { name: "A30", fabric: "nvlink", sharing: vgpu }],
  ["10de", "20bd 20f3", { name: "A800 SXM", fabric: "nvswitch", sharing: vgpu }],
  ["10de", "20f5 20f6", { name: "A800 PCIe", fabric: "nvlink", sharing: vgpu }],
  ["10de", "2235", { name: "A40", companions: ["10de:1aef"], fabric: "nvlink", sharing: vgpu }],
  ["10de", "2236 2237 2238", { name: "A10, A10G or A10M", companions: ["10de:1aef"], fabric: "none", sharing: vgpu }],
  ["10de", "2230", { name: "RTX A6000", companions: ["10de:1aef"], fabric: "nvlink", sharing: vgpu }],
  ["10de", "25b6", { name: "A2 or A16", companions: ["10de:2291"], fabric: "none", sharing: vgpu }],
  ["10de", "26b5 26b7 26b8 26b9 26ba", { name: "L40, L40S, L40G or L20", companions: ["10de:22ba"], fabric: "none", sharing: vgpu }],
  ["10de", "26b1", { name: "RTX 6000 Ada", companions: ["10de:22ba"], fabric: "none", sharing: vgpu }],
  ["10de", "27b6 27b8", { name: "L2 or L4", companions: ["10de:22bc"], fabric: "none", sharing: vgpu }],
  ["10de", "2330 2336 2337 2338 2339 233d", { name: "H100 SXM5", fabric: "nvswitch", sharing: vgpu }],
  ["10de", "2313 2321 2331", { name: "H100 PCIe, NVL or CNX", fabric: "nvlink", sharing: vgpu }],
  ["10de", "2335", { name: "H200 SXM", fabric: "nvswitch", sharing: vgpu }],
  ["10de", "233b", { name: "H200 NVL", fabric: "nvlink", sharing: vgpu }],
  ["10de", "2324", { name: "H800 SXM5", fabric: "nvswitch", sharing: vgpu }],
  ["10de", "2322 233a", { name: "H800 PCIe or NVL", fabric: "nvlink", sharing: vgpu }],
  ["10de", "2328 2329 232c 230c 230e", { name: "H20", fabric: "nvswitch", sharing: vgpu }],
  ["10de", "2342 2343 2345 2348", { name: "GH200", fabric: "nvlink", wired: true, sharing: passthrough, variantDriver: "nvgrace_gpu_vfio_pci" }],
  ["10de", "2901 2909 2920 29bc", { name: "B200 or B100", fabric: "nvswitch", sharing: vgpu }],
  ["10de", "2941", { name: "GB200", fabric: "nvswitch", sharing: passthrough, variantDriver: "nvgrace_gpu_vfio_pci" }],
  ["10de", "3182", { name: "B300", fabric: "nvswitch", sharing: vgpu }],
  ["10de", "31a1 31c2 31c3", { name: "GB300", fabric: "nvswitch", sharing: passthrough }],
  ["10de", "2b85-2b8c", { name: "GB202", companions: ["10de:22e8"], fabric: "none", resetRisk: gb202 }],
  ["10de", "2bb1 2bb2 2bb3 2bb4 2bb5 2bbc", { name: "RTX PRO 5000 or 6000 Blackwell", companions: ["10de:22e8"], fabric: "none", sharing: vgpu, resetRisk: gb202 }],
  ["10de", "2c31 2c3a", { name: "RTX PRO 4500 Blackwell", fabric: "none", sharing: vgpu }],
  ["1002", "6929", { name: "S7150", fabric: "none", sharing: sriov }],
  ["1002", "6860-687f", { name: "Vega 10", fabric: "none", resetRisk: vendorReset("Vega 10") }],
  ["1002", "6860 6864", { name: "V340 or MI25", fabric: "none", sharing: sriov, resetRisk: vendorReset("Vega 10") }],
  ["1002", "66a0 66a1", { name: "MI50 or MI60", fabric: "xgmi", sharing: passthrough, resetRisk: vendorReset("Vega 20") }],
  ["1002", "7310-731f", { name: "Navi 10", fabric: "none", resetRisk: vendorReset("Navi 10") }],
  ["1002", "738c 738d 738e", { name: "MI100", fabric: "xgmi", sharing: passthrough, resetRisk: vendorReset("MI100") }],
  ["1002", "7360 7362", { name: "V520", fabric: "none", sharing: sriov }],
  ["1002", "73a1", { name: "V620", fabric: "none", sharing: sriov }],
  ["1002", "7408 740c", { name: "MI250 or MI250X", fabric: "xgmi", wired: true, sharing: passthrough }],
  ["1002", "740f", { name: "MI210", fabric: "xgmi", sharing: sriov }],
  ["1002", "7460", { name: "V710", fabric: "none", sharing: sriov }],
  ["1002", "74a0-74a9", { name: "MI300", fabric: "xgmi", wired: true, resetRisk: mi300 }],
  ["1002", "74a0", { name: "MI300A", fabric: "xgmi", wired: true, sharing: passthrough, resetRisk: mi300 }],
  ["1002", "74a1 74a2 74a5 74a9", { name: "MI300X, MI308X or MI325X", fabric: "xgmi", wired: true, sharing: sriov, resetRisk: mi300 }],
  ["1002", "75a0 75a3", { name: "MI350X or MI355X", fabric: "xgmi", wired: true, sharing: sriov, resetRisk: mi300 }],
  ["1002", "75a8", { name: "MI350P", sharing: sriov }],
  ["8086", "56c0 56c1 56c2", { name: "Flex 140 or 170", fabric: "none", sharing: sriov }],
  ["8086", "0b69 0b6e 0bd4 0bd5 0bd6 0bd7 0bd8 0bd9 0bda 0bdb", { name: "Max 1100 to 1550", sharing: sriov }],
  ["8086", "e211 e212 e222 e223", { name: "Arc Pro B50 to B70", fabric: "none", sharing: sriov }],
];

/** Every device id of "738c 2b85-2b8c". */
function idsIn(text: string): string[] {
  return text.split(" ").flatMap((part) => {
    const [from = "", to = from] = part.split("-");
    const [first, last] = [Number.parseInt(from, 16), Number.parseInt(to, 16)];
    return Array.from({ length: last - first + 1 }, (_, at) => (first + at).toString(16).padStart(4, "0"));
  });
}

/** By "vendor:device"; a later row adds to an earlier one. */
export const deviceTable: ReadonlyMap<string, KnownDevice> = rows.reduce((table, [vendor, ids, entry]) => {
  for (const id of idsIn(ids)) table.set(`${vendor}:${id}`, { ...table.get(`${vendor}:${id}`), ...entry });
  return table;
}, new Map<string, KnownDevice>());
