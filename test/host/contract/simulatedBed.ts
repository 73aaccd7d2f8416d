import { sshHost } from "../../../provider/host/sshHost";
import { openSshShell } from "../../../provider/host/ssh/openSshShell";
import { Fleet } from "../../beds/simulated/fleet";
import { disk, graphicsCard, machine, networkCard, rootPort, sharedCard, type PciFunction } from "../../beds/simulated/machine";
import type { CardFunction, ContractBed } from "./bed";

/** A simulated host, with the card that the suite wants alone in its group. */
export async function simulatedBed(): Promise<ContractBed> {
  const fleet = new Fleet();
  const card = graphicsCard("0000:65:00", "0000:64:00.0", 15);
  const physical = sharedCard("0000:71:00", "0000:70:00.0", 21);
  const host = await fleet.add(machine("contract", {
    kernelArguments: "quiet intel_iommu=off",
    functions: [
      rootPort("0000:00:01.0", 10), disk("0000:01:00", "0000:00:01.0", 11),
      rootPort("0000:00:02.0", 12), networkCard("0000:02:00", "0000:00:02.0", 13, { name: "eno1", address: "its own" }),
      rootPort("0000:64:00.0", 14), card, rootPort("0000:70:00.0", 20), physical,
    ],
  }), { bootSeconds: 0 });
  const connection = { host: host.address, port: host.port, user: "root", identityFiles: [fleet.keyFile], knownHostsFiles: [fleet.knownHostsFile], agent: false } as const;
  return {
    open: () => sshHost(connection),
    shell: () => openSshShell(connection),
    card: card.map(cardFunction), physical: cardFunction(physical),
    rebootSeconds: 30,
    close: () => fleet.stop(),
  };
}

function cardFunction({ address, vendor, device, subsystem, driver }: PciFunction): CardFunction {
  return { address, ids: [vendor, device, ...subsystem].join(":"), driver };
}
