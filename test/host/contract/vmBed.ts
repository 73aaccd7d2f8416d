import { absent } from "../../../provider/facts/reading";
import type { Shell } from "../../../provider/host/shell";
import { sshHost } from "../../../provider/host/sshHost";
import { type LabHost, startLabHost, topologies } from "../../beds/vm/lab";
import type { CardFunction, ContractBed } from "./bed";

/** A host of the VM lab, reached as root like the simulated one. */
export async function vmBed(): Promise<ContractBed> {
  const vm = await startLabHost({ kernel: "cloud", name: "contract" });
  const connection = {
    host: vm.address, port: vm.port, user: "root", identityFiles: [vm.identityFile], knownHostsFiles: [vm.knownHostsFile],
    sshConfigFile: false, agent: false, jumpHosts: [],
  } as const;
  return {
    open: () => sshHost(connection),
    shell: async () => shellOf(vm),
    card: await Promise.all((topologies.basic.cards["first"]?.functions ?? []).map((address) => functionAt(vm, address))),
    rebootSeconds: 300,
    close: () => vm.stop(),
  };
}

/** By the ordinary ssh program over one connection: none of ours, and no login for every question. */
export function shellOf(vm: LabHost): Shell {
  return {
    name: vm.name,
    hostKey: absent,
    run: async (script, { deadlineSeconds }) => {
      const { code, stdout, stderr } = await vm.ssh("sh -s", { input: script, timeoutSeconds: deadlineSeconds });
      return { exitCode: code, signal: null, stdout: Buffer.from(stdout), stderr };
    },
    close: async () => undefined,
  };
}

export async function functionAt(vm: LabHost, address: string): Promise<CardFunction> {
  const device = `/sys/bus/pci/devices/${address}`;
  const ids = await vm.read(`cd ${device} && cat vendor device subsystem_vendor subsystem_device`);
  const driver = await vm.read(`basename "$(readlink ${device}/driver)"`);
  return { address, ids: ids.split("\n").map((id) => id.replace("0x", "")).join(":"), driver: driver === "" ? null : driver };
}
