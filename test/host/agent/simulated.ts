import { execFileSync, spawn } from "node:child_process";
import { mkdirSync, rmSync, symlinkSync } from "node:fs";
import type { Outcome } from "../../../provider/host/host";
import { openSshShell } from "../../../provider/host/ssh/openSshShell";
import { carryOutOnHost } from "../../../provider/host/transaction";
import type { Step } from "../../../provider/plan/step";
import { absent } from "../../../provider/facts/reading";
import { Fleet } from "../../beds/simulated/fleet";
import type { SimulatedHost } from "../../beds/simulated/host";
import { disk, graphicsCard, machine, networkCard, rootPort, type MdevParent } from "../../beds/simulated/machine";
import type { Shell } from "../../../provider/host/shell";

export const release = "6.1.0-28-amd64";

/** A simulated host with one card, reached over SSH, and what the tests of the agent do with it. */
export class Bench {
  readonly fleet = new Fleet();
  readonly log: string[] = [];
  private constructor(readonly host: SimulatedHost, fleet: Fleet) {
    this.fleet = fleet;
  }

  static async open(kernelArguments: string, more: Parameters<typeof machine>[1]["functions"] = [], mdev: readonly MdevParent[] = []): Promise<Bench> {
    const fleet = new Fleet();
    const host = await fleet.add(machine("bench", {
      kernelArguments, mdev,
      functions: [
        rootPort("0000:00:01.0", 10), disk("0000:01:00", "0000:00:01.0", 11),
        rootPort("0000:00:02.0", 12), networkCard("0000:02:00", "0000:00:02.0", 13, { name: "eno1", address: "its own" }),
        rootPort("0000:64:00.0", 14), graphicsCard("0000:65:00", "0000:64:00.0", 15), ...more,
      ],
    }), { bootSeconds: 0 });
    return new Bench(host, fleet);
  }

  shell(): Promise<Shell> {
    return openSshShell({ host: this.host.address, port: this.host.port, user: "root", identityFiles: [this.fleet.keyFile], knownHostsFiles: [this.fleet.knownHostsFile], agent: false });
  }

  apply(owner: string, ...steps: Step[]): Promise<Outcome> {
    const identity = { dmiUuid: absent, machineId: absent, hostKey: absent };
    return carryOutOnHost(() => this.shell(), { owner, who: "bench", identity, steps }, (line) => void this.log.push(line), { pauseSeconds: 0.1 });
  }

  /** Applies and expects it to work; the log shows why not. */
  async done(owner: string, ...steps: Step[]): Promise<Outcome> {
    const outcome = await this.apply(owner, ...steps);
    if (outcome.state !== "done") throw new Error(`${JSON.stringify(outcome, null, 1)}\n${this.log.slice(-30).join("\n")}`);
    return outcome;
  }

  /** A hash of every file and directory of /etc and /boot. */
  configuration(): string {
    return execFileSync("sh", ["-c", "find etc boot -type f | sort | xargs sha256sum; find etc boot | sort; stat -c '%a %n' $(find etc boot | sort)"], { cwd: this.host.files.root, encoding: "utf8" });
  }

  read(path: string): string {
    return this.host.files.read(path);
  }

  driver(address: string): string | undefined {
    return this.host.files.linkName(`/sys/bus/pci/devices/${address}/driver`);
  }

  get bootId(): string {
    return this.read("/proc/sys/kernel/random/boot_id");
  }

  /** A line of the entry that GRUB would take by default, as it stands. */
  defaultArguments(): string {
    return /^\s*linux\s+\S+\s+(.*)$/m.exec(this.read("/boot/grub/grub.cfg"))?.[1]?.trim() ?? "";
  }

  /** Runs with a process on the host that holds the card's VFIO group, as QEMU does. */
  async withGuest<T>(act: () => Promise<T>): Promise<T> {
    const node = "/dev/vfio/15";
    const guest = spawn("sleep", ["300"], { env: { ...process.env, GPUHOST_ROOT: this.host.files.root }, stdio: "ignore" });
    const folder = this.host.files.at(`/proc/${guest.pid}/fd`);
    mkdirSync(folder, { recursive: true });
    symlinkSync(node, `${folder}/33`);
    try {
      return await act();
    } finally {
      guest.kill("SIGKILL");
      rmSync(folder, { recursive: true });
    }
  }

  close(): Promise<void> {
    return this.fleet.stop();
  }
}

/** A drop-in in the manner of the planner's, as small as it can be. */
export const dropIn = (state: "trial" | "kept", shouldExist: string): Step => ({
  kind: "writeFile", path: "/etc/default/grub.d/zz-gpuhost.cfg", mode: "0644", before: "absent",
  text: `# gpuhost state: ${state}
# gpuhost should-exist: ${shouldExist}
# gpuhost should-not-exist: intel_iommu=off
# gpuhost had: intel_iommu=off
if [ "\${GPUHOST_TRIAL:-}" = 1 ] || grep -qx '# gpuhost state: kept' "$GPUHOST_ROOT/etc/default/grub.d/zz-gpuhost.cfg"; then
  GRUB_CMDLINE_LINUX_DEFAULT=$(echo "$GRUB_CMDLINE_LINUX_DEFAULT" | sed 's/ *intel_iommu=off//')" ${shouldExist}"
fi
`,
});

const conf = (state: string) => `# gpuhost state: ${state}\n0000:65:00.0 10de:2231:10de:147e vfio-pci\n0000:65:00.1 10de:1aef:10de:147e vfio-pci\n`;
const hook = `#!/bin/sh
[ "$1" != prereqs ] || exit 0
. /usr/share/initramfs-tools/hook-functions
grep -qx '# gpuhost state: kept' "$GPUHOST_ROOT/etc/gpuhost/vfio-binding.conf" || [ "$GPUHOST_TRIAL" = 1 ] || exit 0
copy_file config "$GPUHOST_ROOT/etc/gpuhost/vfio-binding.conf"
`;
const script = `#!/bin/sh
[ "$1" != prereqs ] || exit 0
[ -e /etc/gpuhost/vfio-binding.conf ] || exit 0
while read -r address _ driver; do
  case $address in 0*) echo "$driver" > "/sys/bus/pci/devices/$address/driver_override" ;; esac
done < /etc/gpuhost/vfio-binding.conf
modprobe vfio-pci
`;

/** The files of a binding at boot, as small as they can be. */
export const bindingFiles = (state = "trial"): Step[] => [
  { kind: "writeFile", path: "/etc/gpuhost/vfio-binding.conf", mode: "0644", before: "absent", text: conf(state) },
  { kind: "writeFile", path: "/etc/initramfs-tools/hooks/gpuhost-vfio", mode: "0755", before: "absent", text: hook },
  { kind: "writeFile", path: "/etc/initramfs-tools/scripts/init-top/gpuhost-vfio", mode: "0755", before: "absent", text: script },
];

export const image = (which: "trial" | "default"): Step => ({ kind: "buildInitramfs", tool: "initramfs-tools", image: which, kernels: [release], neededBytes: 1_000_000 });
